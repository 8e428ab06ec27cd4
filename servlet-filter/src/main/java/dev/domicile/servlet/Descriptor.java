package dev.domicile.servlet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.servlet.DescriptorFinding.Code;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the app's descriptor ({@code atlassian-connect.json}) that follow from the
 * configuration: the addresses of the app and of its realms, the paths of the lifecycle, the
 * longest duration of a migration, and signed installs. They can be written into a descriptor, or a
 * descriptor can be checked for them; the rest of it is left alone.
 *
 * <p>One descriptor serves all realms. Atlassian checks neither that {@code regionBaseUrls} and
 * {@code lifecycle.dare-migration} come together nor that any of the addresses is the app's own
 * (Atlassian developer documentation, "Data residency").
 *
 * @param config the app
 * @param realms the database of each realm, the global one included
 * @param baseUrls the app's addresses
 * @param paths what the app answers
 * @param maxMigrationHours how long a migration takes at most, in hours, 0.5 to 24 in steps of 0.5;
 *     null leaves it to Atlassian's own default
 */
public record Descriptor(
    ConnectConfig config,
    Map<Realm, DatabaseConfig> realms,
    BaseUrls baseUrls,
    LifecyclePaths paths,
    @Nullable Double maxMigrationHours) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies the map. */
  public Descriptor {
    Objects.requireNonNull(config, "config");
    realms = Map.copyOf(realms);
    Objects.requireNonNull(baseUrls, "baseUrls");
    Objects.requireNonNull(paths, "paths");
  }

  /**
   * Everything that is wrong with a descriptor, in the order of its parts; nothing if all is well.
   * Never throws because of what the text holds.
   *
   * @param json the text of the descriptor
   */
  public List<DescriptorFinding> check(String json) {
    JsonNode descriptor;
    try {
      descriptor = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      return List.of(none("it is not JSON: " + e.getOriginalMessage()));
    }
    return descriptor instanceof ObjectNode object
        ? new DescriptorCheck(this, object).run()
        : List.of(none("it is not a JSON object"));
  }

  /**
   * Writes the parts into a descriptor.
   *
   * @param json the text of the descriptor, with or without those parts; {@code {}} for a new one
   * @return the whole descriptor, indented
   * @throws DescriptorException if what was written would not pass {@link #check}, as where a realm
   *     has no address
   */
  public String write(String json) throws DescriptorException {
    JsonNode parsed;
    try {
      parsed = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new DescriptorException(List.of(none("it is not JSON: " + e.getOriginalMessage())));
    }
    if (!(parsed instanceof ObjectNode descriptor)) {
      throw new DescriptorException(List.of(none("it is not a JSON object")));
    }
    if (!descriptor.has("key")) {
      descriptor.put("key", config.appKey());
    }
    descriptor.put("baseUrl", baseUrls.baseUrl().toString());
    if (baseUrls.regionBaseUrls().isEmpty()) {
      descriptor.remove("regionBaseUrls");
    } else {
      ObjectNode urls = descriptor.putObject("regionBaseUrls");
      baseUrls.regionBaseUrls().forEach((realm, url) -> urls.put(realm.name(), url.toString()));
    }
    ObjectNode lifecycle = child(descriptor, "lifecycle");
    lifecycle.put("installed", paths.installed());
    lifecycle.put("uninstalled", paths.uninstalled());
    if (paths.dareMigration() == null) {
      lifecycle.remove("dare-migration");
    } else {
      lifecycle.put("dare-migration", paths.dareMigration());
    }
    child(descriptor, "apiMigrations").put("signed-install", true);
    if (maxMigrationHours != null) {
      child(descriptor, "dataResidency").put("maxMigrationDurationHours", maxMigrationHours);
    }
    List<DescriptorFinding> findings = new DescriptorCheck(this, descriptor).run();
    if (!findings.isEmpty()) {
      throw new DescriptorException(findings);
    }
    return descriptor.toPrettyString();
  }

  private static ObjectNode child(ObjectNode descriptor, String name) {
    return descriptor.get(name) instanceof ObjectNode known ? known : descriptor.putObject(name);
  }

  private static DescriptorFinding none(String message) {
    return new DescriptorFinding(Code.NOT_A_DESCRIPTOR, "the descriptor", message);
  }
}
