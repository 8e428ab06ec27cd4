package dev.domicile.servlet;

import static dev.domicile.servlet.DescriptorFinding.Code.DUPLICATED_HOST;
import static dev.domicile.servlet.DescriptorFinding.Code.MALFORMED_DURATION;
import static dev.domicile.servlet.DescriptorFinding.Code.MALFORMED_URL;
import static dev.domicile.servlet.DescriptorFinding.Code.MISSING_HOOK_PATH;
import static dev.domicile.servlet.DescriptorFinding.Code.MISSING_PATH;
import static dev.domicile.servlet.DescriptorFinding.Code.MISSING_URL;
import static dev.domicile.servlet.DescriptorFinding.Code.NOT_A_DESCRIPTOR;
import static dev.domicile.servlet.DescriptorFinding.Code.NOT_HTTPS;
import static dev.domicile.servlet.DescriptorFinding.Code.OTHER_APP;
import static dev.domicile.servlet.DescriptorFinding.Code.OTHER_PATH;
import static dev.domicile.servlet.DescriptorFinding.Code.OTHER_URL;
import static dev.domicile.servlet.DescriptorFinding.Code.UNKNOWN_REALM;
import static dev.domicile.servlet.DescriptorFinding.Code.UNSIGNED_INSTALLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DescriptorTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final LifecyclePaths PATHS =
      new LifecyclePaths("/installed", "/uninstalled", "/dare");
  private static final Descriptor DESCRIPTOR =
      descriptor(
          Map.of("EU", "https://eu.example.com", "US", "https://us.example.com"), PATHS, 1.5);

  @Test
  void writesWhatItWouldAccept() throws Exception {
    String own =
        """
        {"key": "com.example.app", "name": "App", "baseUrl": "http://old",
         "regionBaseUrls": {"DE": "https://de.example.com"}, "modules": {"generalPages": [1]},
         "lifecycle": {"enabled": "/enabled", "installed": "/old"},
         "apiMigrations": {"gdpr": true}}
        """;

    String written = DESCRIPTOR.write(own);

    JsonNode json = JSON.readTree(written);
    assertThat(json)
        .isEqualTo(
            JSON.readTree(
                """
                    {"key": "com.example.app", "name": "App", "baseUrl": "https://app.example.com",
                     "modules": {"generalPages": [1]},
                     "lifecycle": {"enabled": "/enabled", "installed": "/installed",
                                   "uninstalled": "/uninstalled", "dare-migration": "/dare"},
                     "apiMigrations": {"gdpr": true, "signed-install": true},
                     "regionBaseUrls": {"EU": "https://eu.example.com",
                                        "US": "https://us.example.com"},
                     "dataResidency": {"maxMigrationDurationHours": 1.5}}
                    """));
    assertThat(DESCRIPTOR.check(written)).isEmpty();
    assertThat(DESCRIPTOR.check(DESCRIPTOR.write("{}"))).isEmpty();
    assertThat(DESCRIPTOR.write(written)).isEqualTo(written);
  }

  @Test
  void namesEverythingThatIsWrongAtOnce() {
    String wrong =
        """
        {"key": "com.example.other",
         "baseUrl": "http://app.example.com",
         "regionBaseUrls": {"GLOBAL": "https://app.example.com", "eu": "https://x.example.com",
           "AU": "https://au.example.com", "EU": "https://APP.example.com"},
         "lifecycle": {"installed": "/install"},
         "dataResidency": {"maxMigrationDurationHours": 0.7}}
        """;

    assertThat(DESCRIPTOR.check(wrong))
        .extracting(DescriptorFinding::code, DescriptorFinding::where)
        .containsExactly(
            tuple(OTHER_APP, "key"),
            tuple(NOT_HTTPS, "baseUrl"),
            tuple(OTHER_URL, "baseUrl"),
            tuple(UNKNOWN_REALM, "regionBaseUrls.GLOBAL"),
            tuple(UNKNOWN_REALM, "regionBaseUrls.eu"),
            tuple(UNKNOWN_REALM, "regionBaseUrls.AU"),
            tuple(OTHER_URL, "regionBaseUrls.EU"),
            tuple(MISSING_URL, "regionBaseUrls.US"),
            tuple(DUPLICATED_HOST, "regionBaseUrls.EU"),
            tuple(OTHER_PATH, "lifecycle.installed"),
            tuple(MISSING_PATH, "lifecycle.uninstalled"),
            tuple(MISSING_HOOK_PATH, "lifecycle.dare-migration"),
            tuple(MALFORMED_DURATION, "dataResidency.maxMigrationDurationHours"),
            tuple(UNSIGNED_INSTALLS, "apiMigrations.signed-install"));
  }

  @Test
  void namesAConfigurationThatCannotBeWritten() {
    Descriptor incomplete =
        descriptor(
            Map.of("EU", "http://app.example.com", "AU", "https://au.example.com"),
            new LifecyclePaths(),
            25.0);

    assertThatExceptionOfType(DescriptorException.class)
        .isThrownBy(() -> incomplete.write("{}"))
        .withMessageContaining("MISSING_URL regionBaseUrls.US")
        .satisfies(
            e ->
                assertThat(e.findings())
                    .extracting(DescriptorFinding::code)
                    .containsExactlyInAnyOrder(
                        UNKNOWN_REALM,
                        NOT_HTTPS,
                        MISSING_URL,
                        DUPLICATED_HOST,
                        MISSING_HOOK_PATH,
                        MALFORMED_DURATION));
  }

  @Test
  void realmsThatShareADatabaseMayShareAHost() throws Exception {
    Map<Realm, DatabaseConfig> realms = new HashMap<>(DESCRIPTOR.realms());
    realms.put(new Realm("DE"), database("EU"));
    Descriptor shared =
        new Descriptor(
            DESCRIPTOR.config(),
            realms,
            urls(
                Map.of(
                    "EU", "https://eu.example.com",
                    "DE", "https://eu.example.com",
                    "US", "https://us.example.com")),
            PATHS,
            null);

    assertThat(shared.check(shared.write("{}"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1", "\"/x\"", "\" \"", "\"http://[\"", "\"https://u@h\"", "\"a b\"", "{}"})
  void survivesAddressesThatAreNone(String value) {
    assertThat(
            DESCRIPTOR.check(
                "{\"regionBaseUrls\": {\"EU\": %s}, \"baseUrl\": %s, \"lifecycle\": %s}"
                    .formatted(value, value, value)))
        .extracting(DescriptorFinding::code)
        .containsAnyOf(MALFORMED_URL, MISSING_URL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "null", "1", "\"x\"", "{}{"})
  void saysThatATextIsNoDescriptor(String text) {
    assertThat(DESCRIPTOR.check(text)).isNotEmpty();
    if (!text.startsWith("{}")) {
      assertThat(DESCRIPTOR.check(text))
          .extracting(DescriptorFinding::code)
          .containsExactly(NOT_A_DESCRIPTOR);
      assertThatExceptionOfType(DescriptorException.class).isThrownBy(() -> DESCRIPTOR.write(text));
    }
  }

  @Test
  void namesHooksWithoutRealms() {
    Descriptor alone = descriptor(Map.of(), PATHS, null);

    assertThatExceptionOfType(DescriptorException.class)
        .isThrownBy(() -> alone.write("{}"))
        .withMessageContaining("there are migration hooks but no realm to move to");
  }

  private static Descriptor descriptor(
      Map<String, String> regions, LifecyclePaths paths, @Nullable Double hours) {
    return new Descriptor(
        new ConnectConfig("com.example.app"),
        Map.of(
            new Realm("GLOBAL"), database("GLOBAL"),
            new Realm("EU"), database("EU"),
            new Realm("US"), database("US")),
        urls(regions),
        paths,
        hours);
  }

  private static BaseUrls urls(Map<String, String> regions) {
    Map<Realm, URI> urls = new HashMap<>();
    regions.forEach((realm, url) -> urls.put(new Realm(realm), URI.create(url)));
    return new BaseUrls(URI.create("https://app.example.com"), urls);
  }

  private static DatabaseConfig database(String realm) {
    return new DatabaseConfig("jdbc:postgresql://" + realm + ".db.example.com/app", "app", "x");
  }
}
