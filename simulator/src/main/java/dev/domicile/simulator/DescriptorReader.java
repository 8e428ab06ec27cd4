package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads an app's descriptor from its URL or from a file. */
final class DescriptorReader {
  private static final String DEFAULT_PATH = "/atlassian-connect.json";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http;
  private final JsonMapper json = new JsonMapper();

  DescriptorReader(HttpClient http) {
    this.http = http;
  }

  /**
   * Reads the descriptor.
   *
   * @param app the app's URL, the descriptor's URL, or a file
   * @param baseUrl instead of the descriptor's own
   * @param regions instead of the descriptor's own, by realm
   * @throws RehearsalException if it is not there or cannot be rehearsed with
   */
  Descriptor read(String app, @Nullable URI baseUrl, Map<String, URI> regions) {
    JsonNode root = parse(app, app.matches("(?i)https?://.*") ? fetch(app) : file(app));
    if (root.at("/authentication/type").asText("").equals("none")) {
      throw wrong("authentication.type is none; hooks are signed, so it has to be jwt");
    }
    Map<String, URI> realms = new LinkedHashMap<>();
    root.path("regionBaseUrls")
        .properties()
        .forEach(entry -> realms.put(entry.getKey(), url(entry.getValue(), "regionBaseUrls")));
    realms.putAll(regions);
    if (realms.isEmpty()) {
      throw wrong("regionBaseUrls names no realm; a migration needs one to go to");
    }
    return new Descriptor(
        required(root, "/key"),
        baseUrl != null ? baseUrl : url(root.path("baseUrl"), "baseUrl"),
        realms,
        required(root, "/lifecycle/installed"),
        text(root, "/lifecycle/uninstalled"),
        required(root, "/lifecycle/dare-migration"),
        hours(root.at("/dataResidency/maxMigrationDurationHours")));
  }

  private static @Nullable BigDecimal hours(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    if (!node.isNumber()) {
      throw wrong("dataResidency.maxMigrationDurationHours is not a number");
    }
    return node.decimalValue();
  }

  private String fetch(String app) {
    String address = app.endsWith(".json") ? app : app.replaceAll("/+$", "") + DEFAULT_PATH;
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(address)).timeout(TIMEOUT).GET().build();
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new RehearsalException(
            ExitCode.UNAVAILABLE,
            address
                + " answers "
                + response.statusCode()
                + "; give the descriptor's own URL or file by --app");
      }
      return response.body();
    } catch (IllegalArgumentException e) {
      throw new RehearsalException(ExitCode.USAGE, "'" + app + "' is no URL; correct --app");
    } catch (IOException e) {
      throw new RehearsalException(
          ExitCode.UNAVAILABLE,
          "the app cannot be reached at " + address + "; start it, or correct --app");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RehearsalException(ExitCode.UNAVAILABLE, "stopped while reading " + address);
    }
  }

  private static String file(String name) {
    try {
      return Files.readString(Path.of(name));
    } catch (IOException e) {
      throw new RehearsalException(
          ExitCode.CONFIGURATION, "the descriptor '" + name + "' cannot be read; correct --app");
    }
  }

  private JsonNode parse(String app, String text) {
    try {
      JsonNode root = json.readTree(text);
      if (root.isObject()) {
        return root;
      }
    } catch (JsonProcessingException e) {
      // Said below, without the text, which may be anything.
    }
    throw new RehearsalException(
        ExitCode.CONFIGURATION, "what '" + app + "' holds is no descriptor: not a JSON object");
  }

  private static String required(JsonNode root, String pointer) {
    String value = text(root, pointer);
    if (value == null || value.isBlank()) {
      throw wrong(pointer.substring(1).replace('/', '.') + " is missing");
    }
    return value;
  }

  private static @Nullable String text(JsonNode root, String pointer) {
    JsonNode node = root.at(pointer);
    return node.isTextual() ? node.asText() : null;
  }

  private static URI url(JsonNode node, String name) {
    try {
      URI url = URI.create(node.asText(""));
      if (Descriptor.isUrl(url)) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw wrong(name + " holds '" + node.asText("") + "', which is no URL");
  }

  private static RehearsalException wrong(String what) {
    return new RehearsalException(
        ExitCode.CONFIGURATION, "the descriptor cannot be rehearsed with: " + what);
  }
}
