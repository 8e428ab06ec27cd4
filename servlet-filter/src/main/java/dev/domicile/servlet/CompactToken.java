package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.util.Base64;

/**
 * A JWT in its compact form, taken apart. Nothing of it is to be believed before it is verified.
 *
 * @param text all of it, as it was sent
 * @param signed the part of the text that the signature is of
 */
record CompactToken(
    String text, JWSHeader header, JWTClaimsSet claims, String signed, Base64URL signature) {

  boolean isSignedBy(JWSVerifier verifier) throws JOSEException {
    return verifier.verify(header, signedBytes(), signature);
  }

  byte[] signedBytes() {
    return signed.getBytes(US_ASCII);
  }

  byte[] signatureBytes() {
    return Base64.getUrlDecoder().decode(signature.toString());
  }

  /** Without the token, which somebody might use. */
  @Override
  public String toString() {
    return "CompactToken[...]";
  }
}
