package dev.domicile.servlet;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.router.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of an {@code installed} or {@code uninstalled} call. Required are the fields that
 * Atlassian's Spring Boot starter 4.1.1 requires too; unknown ones are ignored.
 */
record LifecycleEvent(
    TenantId tenant,
    String baseUrl,
    String productType,
    @Nullable SharedSecret secret,
    @Nullable String installationId) {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build()
          .reader();

  private static final String INSTALLATION_ID = "installationId";
  private static final int MAXIMUM_TEXT = 2000;

  /** The shortest secret that HS256 takes (RFC 7518, section 3.2). */
  private static final int MINIMUM_SECRET_BYTES = 32;

  /**
   * Reads a body.
   *
   * @param eventType the event that the path stands for
   * @param appKey the app that it has to be for
   * @throws MalformedEventException if it is none; the message quotes nothing of it
   */
  static LifecycleEvent parse(byte[] body, String eventType, String appKey)
      throws MalformedEventException {
    JsonNode json = json(body);
    if (!text(json, "eventType").equals(eventType)) {
      throw new MalformedEventException("eventType is not '" + eventType + "'");
    }
    if (!text(json, "key").equals(appKey)) {
      throw new MalformedEventException("key is not that of this app");
    }
    TenantId tenant;
    try {
      tenant = new TenantId(text(json, "clientKey"));
    } catch (IllegalArgumentException e) {
      throw new MalformedEventException("clientKey: " + e.getMessage());
    }
    String baseUrl = text(json, "baseUrl");
    requireAddress(baseUrl);
    SharedSecret secret = eventType.equals("installed") ? secret(json) : null;
    String installationId = json.hasNonNull(INSTALLATION_ID) ? text(json, INSTALLATION_ID) : null;
    return new LifecycleEvent(tenant, baseUrl, text(json, "productType"), secret, installationId);
  }

  private static JsonNode json(byte[] body) throws MalformedEventException {
    try {
      JsonNode json = JSON.readTree(body);
      if (json == null || !json.isObject()) {
        throw new MalformedEventException("the body is not a JSON object");
      }
      return json;
    } catch (IOException e) {
      throw new MalformedEventException("the body is not JSON");
    }
  }

  private static SharedSecret secret(JsonNode json) throws MalformedEventException {
    String secret = text(json, "sharedSecret");
    if (secret.getBytes(StandardCharsets.UTF_8).length < MINIMUM_SECRET_BYTES) {
      throw new MalformedEventException("sharedSecret has fewer than 32 bytes");
    }
    return new SharedSecret(secret);
  }

  private static String text(JsonNode json, String field) throws MalformedEventException {
    JsonNode value = json.get(field);
    if (value == null || !value.isTextual() || value.textValue().isBlank()) {
      throw new MalformedEventException(field + " is missing");
    }
    String text = value.textValue();
    // Half a surrogate pair and a NUL are characters of JSON that Postgres does not store.
    if (text.length() > MAXIMUM_TEXT
        || text.indexOf('\0') >= 0
        || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new MalformedEventException(field + " is too long or not a text");
    }
    return text;
  }

  private static void requireAddress(String baseUrl) throws MalformedEventException {
    try {
      URI url = URI.create(baseUrl);
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("https") || scheme.equals("http")) && url.getHost() != null) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new MalformedEventException("baseUrl is not the address of a product");
  }

  /** The body is not what it has to be. */
  static final class MalformedEventException extends Exception {
    private static final long serialVersionUID = 1;

    private final String problem;

    MalformedEventException(String problem) {
      super(problem);
      this.problem = problem;
    }

    String problem() {
      return problem;
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "LifecycleEvent[" + tenant + "]";
  }
}
