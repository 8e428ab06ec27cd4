package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jose.JWEObject;
import dev.domicile.router.TenantId;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SecretKeysTest {
  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final String OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final SharedSecret SECRET = new SharedSecret("the shared secret of tenant a");

  @Test
  void encryptsWithTheCurrentKeyAndReadsWithTheOneNamed() throws ParseException {
    SecretKeys before = SecretKeys.ofBase64("2025", Map.of("2025", KEY));
    SecretKeys after = SecretKeys.ofBase64("2026", Map.of("2025", KEY, "2026", OTHER_KEY));
    String old = new SecretCipher(before).encrypt(TENANT, SECRET);
    String renewed = new SecretCipher(after).encrypt(TENANT, SECRET);

    assertThat(JWEObject.parse(old).getHeader().getKeyID()).isEqualTo("2025");
    assertThat(JWEObject.parse(renewed).getHeader().getKeyID()).isEqualTo("2026");
    assertThat(new SecretCipher(after).decrypt(TENANT, old)).isEqualTo(SECRET);
    assertThat(new SecretCipher(after).decrypt(TENANT, renewed)).isEqualTo(SECRET);
    refuses(before, TENANT, renewed, "the key that encrypted it is not configured");
  }

  @Test
  void doesNotReadWhatItDidNotWriteForThisTenant() {
    SecretKeys keys = SecretKeys.ofBase64("a", Map.of("a", KEY));
    String stored = new SecretCipher(keys).encrypt(TENANT, SECRET);

    refuses(keys, new TenantId("tenant-b"), stored, "the secret of another tenant");
    refuses(keys, TENANT, SECRET.value(), "it is not a JWE");
    refuses(keys, TENANT, stored.substring(0, stored.length() - 2) + "AA", "does not decrypt");
    refuses(SecretKeys.ofBase64("a", Map.of("a", OTHER_KEY)), TENANT, stored, "does not decrypt");
    refuses(keys, TENANT, "eyJhbGciOiJub25lIn0..a.b.c", "it is not a JWE");
    refuses(
        keys,
        TENANT,
        Base64.getUrlEncoder()
                .encodeToString(
                    "{\"alg\":\"dir\",\"enc\":\"A128GCM\",\"kid\":\"a\"}".getBytes(UTF_8))
            + stored.substring(stored.indexOf('.')),
        "not encrypted by dir and A256GCM");
  }

  @Test
  void saysWhatIsWrongWithKeysButNeverShowsThem() {
    refusesKeys("a", Map.of("a", KEY.substring(4)), "key 'a' has 29 bytes, expected 32");
    refusesKeys("a", Map.of("a", KEY.replace('M', '!')), "key 'a' is not Base64");
    refusesKeys("b", Map.of("a", KEY), "the current key 'b' is not among the keys [a]");
    refusesKeys(KEY, Map.of("a", KEY), "the name of a key has 1 to 31 letters");
    refusesKeys("a", Map.of(KEY, "a"), "the name of a key has 1 to 31 letters");
  }

  @Test
  void neverShowsASecretAsText() {
    assertThat(SecretKeys.ofBase64("a", Map.of("a", KEY)))
        .hasToString("SecretKeys[current=a, names=[a]]");
    assertThat(SECRET).hasToString("SharedSecret[...]");
  }

  private static void refuses(SecretKeys keys, TenantId tenant, String stored, String reason) {
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> new SecretCipher(keys).decrypt(tenant, stored))
        .withMessageContaining("tenant '" + tenant + "'")
        .withMessageContaining(reason)
        .withMessageNotContaining(SECRET.value());
  }

  private static void refusesKeys(String current, Map<String, String> keys, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SecretKeys.ofBase64(current, keys))
        .withMessageContaining(message)
        .withMessageNotContaining(KEY.substring(4, 20))
        .withNoCause();
  }
}
