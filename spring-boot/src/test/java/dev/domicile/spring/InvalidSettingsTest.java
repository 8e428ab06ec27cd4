package dev.domicile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.BeansException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;

/** A wrong configuration is told by the key, what it holds, and what was expected. */
final class InvalidSettingsTest {
  private static final String CONTROL = "domicile.control.url=jdbc:postgresql://localhost:1/c";
  private static final String REALM = "domicile.realms.EU.url=jdbc:postgresql://localhost:1/eu";
  private static final String APP = "domicile.connect.app-key=com.example.app";
  private static final String KEY = "domicile.connect.secrets.current-key=k1";
  private static final String KEYS =
      "domicile.connect.secrets.keys.k1=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  @Test
  void noControlDatabase() {
    assertThat(failure(REALM))
        .isEqualTo(
            "domicile.control.url is not set, expected a URL such as"
                + " jdbc:postgresql://host:5432/database.");
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void anApplicationThatCannotStartSaysWhy(CapturedOutput output) {
    assertThatThrownBy(
            () -> SpringApplication.run(App.class, "--" + REALM, "--logging.level.root=ERROR"))
        .isInstanceOf(BeansException.class);
    assertThat(output)
        .contains(
            "APPLICATION FAILED TO START",
            "domicile.control.url is not set, expected",
            "Set domicile.control.url to a URL such as");
  }

  @Test
  void noRealm() {
    assertThat(failure(CONTROL))
        .isEqualTo(
            "domicile.realms is not set, expected a database for at least one realm, such as"
                + " domicile.realms.EU.url.");
  }

  @Test
  void aUrlOfAnotherDatabaseIsShownWithoutItsPassword() {
    assertThat(failure(CONTROL, "domicile.realms.EU.url=jdbc:mysql://root:hush@db/x?password=hush"))
        .isEqualTo(
            "domicile.realms.EU.url is 'jdbc:mysql://...@db/x?...',"
                + " expected a URL that starts with jdbc:postgresql:.");
  }

  @Test
  void aPoolWithoutConnections() {
    assertThat(failure(CONTROL, REALM, "domicile.realms.EU.pool.maximum-size=0"))
        .isEqualTo("domicile.realms.EU.pool.maximum-size is '0', expected 1 or more.");
  }

  @Test
  void aCacheThatIsNeverRight() {
    assertThat(failure(CONTROL, REALM, "domicile.cache.staleness=0s"))
        .isEqualTo("domicile.cache.staleness is '0s', expected PT0.1S to PT8784H.");
  }

  @Test
  void aRealmWhoseNameIsNone() {
    assertThat(failure(CONTROL, "domicile.realms.4.url=jdbc:postgresql://localhost:1/eu"))
        .contains("a realm's name of capital letters", "not '4'");
  }

  @Test
  void noAppKey() {
    assertThat(failure(CONTROL, REALM))
        .isEqualTo(
            "domicile.connect.app-key is not set, expected the key of the app's descriptor.");
  }

  @Test
  void anAppKeyThatIsNone() {
    assertThat(failure(CONTROL, REALM, "domicile.connect.app-key=a b"))
        .startsWith("domicile.connect.app-key is 'a b', expected letters, digits");
  }

  @Test
  void noKeyForTheSecrets() {
    assertThat(failure(CONTROL, REALM, APP))
        .startsWith("domicile.connect.secrets.current-key is not right, expected the name of one");
  }

  @Test
  void aKeyThatIsTooShortIsNotShown() {
    String failure =
        failure(
            CONTROL,
            REALM,
            APP,
            "domicile.connect.secrets.current-key=k1",
            "domicile.connect.secrets.keys.k1=aHVzaA==");
    assertThat(failure).contains("domicile.connect.secrets", "'k1' has 4 bytes, expected 32");
    assertThat(failure).doesNotContain("aHVzaA");
  }

  @Test
  void aRegionWhoseAddressIsNone() {
    assertThat(
            failure(
                CONTROL,
                REALM,
                APP,
                "domicile.connect.base-url=https://app.example.com",
                "domicile.connect.region-base-urls.EU=ftp://eu.example.com"))
        .isEqualTo(
            "domicile.connect.region-base-urls.EU is 'ftp://eu.example.com',"
                + " expected an address such as https://eu.example.com/app.");
  }

  @Test
  void aPathThatIsNone() {
    assertThat(failure(CONTROL, REALM, APP, "domicile.connect.installed-path=installed"))
        .isEqualTo(
            "domicile.connect.installed-path is 'installed', expected a path such as /installed.");
  }

  @Test
  void refusingOtherStacksWithoutKnowingTheirAddress() {
    assertThat(
            failure(
                CONTROL,
                REALM,
                APP,
                "domicile.connect.other-stack=refuse",
                "domicile.connect.secrets.current-key=k1",
                "domicile.connect.secrets.keys.k1=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
        .startsWith("domicile.connect.base-url is not set, expected the app's address");
  }

  @Test
  void aPathOfHooksThatIsNone() {
    assertThat(failure(CONTROL, REALM, APP, "domicile.connect.migration-path=migration"))
        .startsWith("domicile.connect.migration-path is 'migration', expected a path such as");
  }

  @Test
  void aDurationThatTheDescriptorCannotDeclare() {
    assertThat(
            failure(
                CONTROL,
                REALM,
                APP,
                KEY,
                KEYS,
                "domicile.connect.migration-path=/migration",
                "domicile.hooks.maximum-duration=40m"))
        .isEqualTo(
            "domicile.hooks.maximum-duration is '40m', expected PT30M to PT24H in half hours.");
  }

  @Test
  void hooksOfForgeWithoutTheAppOrItsTenants() {
    String path = "domicile.forge.migration-path=/forge";
    assertThat(failure(CONTROL, REALM, APP, KEY, KEYS, path))
        .startsWith("domicile.forge.app-id is not set, expected the app's ari:cloud:");
    assertThat(failure(CONTROL, REALM, APP, KEY, KEYS, path, "domicile.forge.app-id=ari:1"))
        .startsWith("domicile.forge.migration-path is '/forge', expected a bean of type ForgeTen");
  }

  @Test
  void copiesWithoutJobs() {
    assertThat(failure(CONTROL, REALM, APP, "domicile.copy.jobs=0"))
        .isEqualTo("domicile.copy.jobs is '0', expected 1 to 64.");
  }

  private static String failure(String... properties) {
    List<String> descriptions = new ArrayList<>();
    new WebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DomicileAutoConfiguration.class,
                DomicileConnectAutoConfiguration.class,
                DomicileHooksAutoConfiguration.class))
        .withPropertyValues(properties)
        .run(
            context -> {
              assertThat(context).hasFailed();
              FailureAnalysis analysis =
                  new InvalidSettingAnalyzer(environment(properties))
                      .analyze(Objects.requireNonNull(context.getStartupFailure()));
              descriptions.add(Objects.requireNonNull(analysis).getDescription());
            });
    return descriptions.get(0);
  }

  private static Environment environment(String... properties) {
    MockEnvironment environment = new MockEnvironment();
    for (String property : properties) {
      int mark = property.indexOf('=');
      environment.setProperty(property.substring(0, mark), property.substring(mark + 1));
    }
    return environment;
  }

  @SpringBootConfiguration
  @EnableAutoConfiguration
  static class App {}
}
