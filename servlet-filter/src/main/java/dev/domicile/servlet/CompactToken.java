package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.security.MessageDigest;

/**
 * A JWT in its compact form, taken apart. Nothing of it is to be believed before it is verified.
 */
final class CompactToken {
  private final String text;
  private final JWSHeader header;
  private final JWTClaimsSet claims;
  private final byte[] signature;

  /**
   * The parts of a token.
   *
   * @param text all of it, as it was sent
   */
  CompactToken(String text, JWSHeader header, JWTClaimsSet claims, byte[] signature) {
    this.text = text;
    this.header = header;
    this.claims = claims;
    this.signature = signature;
  }

  /** All of it, as it was sent. */
  String text() {
    return text;
  }

  JWSHeader header() {
    return header;
  }

  JWTClaimsSet claims() {
    return claims;
  }

  /** The part of the text that the signature is of. */
  byte[] signedBytes() {
    return text.substring(0, text.lastIndexOf('.')).getBytes(US_ASCII);
  }

  boolean isSignedBy(JWSVerifier verifier) throws JOSEException {
    return verifier.verify(header, signedBytes(), Base64URL.encode(signature));
  }

  /** Whether its signature is that one; compared in constant time. */
  boolean hasSignature(byte[] expected) {
    return MessageDigest.isEqual(expected, signature);
  }

  /** Without the token, which somebody might use. */
  @Override
  public String toString() {
    return "CompactToken[...]";
  }
}
