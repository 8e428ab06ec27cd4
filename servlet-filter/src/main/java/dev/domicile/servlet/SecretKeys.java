package dev.domicile.servlet;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that encrypt shared secrets at rest. To change the key, add one and name it current; the
 * old one stays for as long as rows name it.
 *
 * @param current the name of the key that encrypts new secrets
 * @param keys 32-byte keys by name; a name has at most 31 letters, digits, dots, underscores and
 *     hyphens
 */
public record SecretKeys(String current, Map<String, SecretKey> keys) {
  private static final int KEY_BYTES = 32;

  // Too short for an encoded key, so that a key given in the place of a name is never shown.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,31}");

  /**
   * Checks the keys.
   *
   * @throws IllegalArgumentException if a name is not of the form above, a key does not have 32
   *     bytes, or the current one is missing; no message holds any of a key
   */
  public SecretKeys {
    keys = Map.copyOf(keys);
    requireName(current);
    keys.keySet().forEach(SecretKeys::requireName);
    keys.forEach(SecretKeys::requireLength);
    if (!keys.containsKey(current)) {
      throw new IllegalArgumentException(
          "the current key '"
              + current
              + "' is not among the keys "
              + new TreeSet<>(keys.keySet()));
    }
  }

  /**
   * Keys written in Base64, the form in which configuration holds them.
   *
   * @throws IllegalArgumentException as the constructor does, or if a key is not Base64
   */
  public static SecretKeys ofBase64(String current, Map<String, String> encodedKeys) {
    Map<String, SecretKey> keys = new LinkedHashMap<>();
    encodedKeys.forEach(
        (name, encoded) -> {
          requireName(name);
          keys.put(name, new SecretKeySpec(requireLength(name, decode(name, encoded)), "AES"));
        });
    return new SecretKeys(current, keys);
  }

  SecretKey currentKey() {
    return key(current).orElseThrow();
  }

  Optional<SecretKey> key(String name) {
    return Optional.ofNullable(keys.get(name));
  }

  /** The names, never the keys. */
  @Override
  public String toString() {
    return "SecretKeys[current=" + current + ", names=" + new TreeSet<>(keys.keySet()) + "]";
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the name of a key has 1 to 31 letters, digits, dots, underscores and hyphens");
    }
  }

  private static void requireLength(String name, SecretKey key) {
    byte[] encoded = key.getEncoded();
    if (encoded == null) {
      throw new IllegalArgumentException("key '" + name + "' does not give its bytes");
    }
    requireLength(name, encoded);
  }

  private static byte[] requireLength(String name, byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "key '" + name + "' has " + key.length + " bytes, expected " + KEY_BYTES);
    }
    return key;
  }

  private static byte[] decode(String name, String encoded) {
    try {
      return Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      // The decoder's message quotes a character of the key.
      throw new IllegalArgumentException("key '" + name + "' is not Base64");
    }
  }
}
