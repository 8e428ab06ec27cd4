package dev.domicile.servlet;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import dev.domicile.router.TenantId;
import java.text.ParseException;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Shared secrets at rest: a compact JWE, encrypted with the key that its header names, which
 * carries the client key too, so that a row's secret copied to another row is not believed there.
 */
final class SecretCipher {
  private static final String CLIENT_KEY = "clientKey";
  private static final String SHARED_SECRET = "sharedSecret";

  private final SecretKeys keys;

  SecretCipher(SecretKeys keys) {
    this.keys = keys;
  }

  String encrypt(TenantId tenant, SharedSecret secret) {
    JWEHeader header =
        new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM)
            .keyID(keys.current())
            .build();
    JWEObject sealed =
        new JWEObject(
            header,
            new Payload(
                Map.<String, Object>of(
                    CLIENT_KEY, tenant.clientKey(), SHARED_SECRET, secret.value())));
    try {
      sealed.encrypt(new DirectEncrypter(keys.currentKey()));
    } catch (JOSEException e) {
      throw new IllegalStateException("AES-GCM of 256 bits is not available", e);
    }
    return sealed.serialize();
  }

  /**
   * Reads a secret back.
   *
   * @throws SecretUnavailableException if it was not encrypted by one of the keys for this tenant
   */
  SharedSecret decrypt(TenantId tenant, String stored) {
    JWEObject sealed = parse(tenant, stored);
    JWEHeader header = sealed.getHeader();
    if (!JWEAlgorithm.DIR.equals(header.getAlgorithm())
        || !EncryptionMethod.A256GCM.equals(header.getEncryptionMethod())) {
      throw unavailable(tenant, "it is not encrypted by dir and A256GCM", null);
    }
    SecretKey key =
        Optional.ofNullable(header.getKeyID())
            .flatMap(keys::key)
            .orElseThrow(
                () -> unavailable(tenant, "the key that encrypted it is not configured", null));
    try {
      sealed.decrypt(new DirectDecrypter(key));
    } catch (JOSEException e) {
      throw unavailable(tenant, "it does not decrypt with the key that it names", e);
    }
    return secret(tenant, sealed.getPayload());
  }

  /** Whether the header names the key that encrypts new secrets. */
  boolean isCurrent(String stored) {
    try {
      return keys.current().equals(JWEObject.parse(stored).getHeader().getKeyID());
    } catch (ParseException | NullPointerException e) {
      return false;
    }
  }

  private static SharedSecret secret(TenantId tenant, Payload payload) {
    Map<String, Object> content = payload.toJSONObject();
    if (content == null || !(content.get(SHARED_SECRET) instanceof String secret)) {
      throw unavailable(tenant, "it is encrypted but has another form", null);
    }
    if (!tenant.clientKey().equals(content.get(CLIENT_KEY))) {
      throw unavailable(tenant, "the row holds the secret of another tenant", null);
    }
    return new SharedSecret(secret);
  }

  // Without the cause: a parser may quote the text, and a text that is no JWE may be a bare secret.
  // It throws a NullPointerException at a header that names no encryption.
  private static JWEObject parse(TenantId tenant, String stored) {
    try {
      return JWEObject.parse(stored);
    } catch (ParseException | NullPointerException e) {
      throw unavailable(tenant, "it is not a JWE", null);
    }
  }

  private static SecretUnavailableException unavailable(
      TenantId tenant, String reason, @Nullable Throwable cause) {
    return new SecretUnavailableException(tenant, reason, cause);
  }
}
