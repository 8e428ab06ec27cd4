package dev.domicile.servlet;

import static dev.domicile.servlet.Fleet.AU;
import static dev.domicile.servlet.Fleet.EU;
import static dev.domicile.servlet.Fleet.GLOBAL;
import static dev.domicile.servlet.Fleet.US;
import static dev.domicile.servlet.Fleet.addressFor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rules of where an installation lives, in the words of Atlassian's documentation. */
final class PinningIT {
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final Duration A_DAY = Duration.ofDays(1);

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Fleet fleet;

  @BeforeEach
  void open() throws Exception {
    fleet = new Fleet(databases, Duration.ZERO, OtherStack.SERVE);
  }

  @AfterEach
  void close() throws Exception {
    fleet.close();
  }

  @Test
  void pinnedAndSupportedLivesInTheRealmItIsPinnedTo() throws Exception {
    installsAndLivesIn(EU, addressFor(EU, US));
  }

  @Test
  void pinnedAndNotSupportedLivesInTheGlobalRealm() throws Exception {
    installsAndLivesIn(GLOBAL, addressFor(AU, US));
  }

  @Test
  void notPinnedLivesInTheRealmOfTheProductsShardIfItIsSupported() throws Exception {
    installsAndLivesIn(US, addressFor(null, US));
  }

  @Test
  void notPinnedLivesInTheGlobalRealmIfTheRealmOfTheProductsShardIsNotSupported() throws Exception {
    installsAndLivesIn(GLOBAL, addressFor(null, AU));
  }

  @Test
  void upgradeKeepsTheRealm() throws Exception {
    installsAndLivesIn(EU, addressFor(EU, US));
    fleet.clock.advance(A_DAY);

    installsAndLivesIn(EU, addressFor(EU, US));
    installsAndLivesIn(EU, addressFor(null, US));
    installsAndLivesIn(EU, addressFor(AU, US));
  }

  @Test
  void pinningAfterInstallationKeepsTheRealm() throws Exception {
    installsAndLivesIn(GLOBAL, addressFor(null, AU));
    fleet.clock.advance(A_DAY);

    installsAndLivesIn(GLOBAL, addressFor(EU, AU));
  }

  @Test
  void upgradeAfterAMigrationKeepsTheRealmItWasMovedTo() throws Exception {
    installsAndLivesIn(US, addressFor(US, US));
    assertThat(fleet.router.routes().moveTo(fleet.router.routes().find(TENANT).orElseThrow(), EU))
        .isTrue();

    installsAndLivesIn(EU, addressFor(US, US));
  }

  @Test
  void uninstallForgetsWhereTheInstallationWas() throws Exception {
    String secret = installsAndLivesIn(EU, addressFor(EU, US));

    assertThat(fleet.uninstall(TENANT, addressFor(EU, US))).isEqualTo(204);

    assertThat(fleet.home(TENANT)).isEmpty();
    assertThat(fleet.control.list("SELECT last_realm FROM domicile.installation"))
        .containsExactly("null");
    assertThat(fleet.get(TENANT, secret, addressFor(EU, US), "/realm").statusCode()).isEqualTo(401);
  }

  @Test
  void reinstallMayLandElsewhere() throws Exception {
    installsAndLivesIn(EU, addressFor(EU, US));
    assertThat(fleet.uninstall(TENANT, addressFor(EU, US))).isEqualTo(204);
    fleet.clock.advance(Duration.ofMinutes(1));

    installsAndLivesIn(US, addressFor(null, US));
  }

  @Test
  void uninstallKeepsForThirtyDaysWhereTheInstallationWasIfSoConfigured() throws Exception {
    keepForThirtyDays();
    String secret = installsAndLivesIn(EU, addressFor(EU, US));
    assertThat(fleet.uninstall(TENANT, addressFor(EU, US))).isEqualTo(204);
    assertThat(fleet.home(TENANT)).as("while it is not installed").isEmpty();
    assertThat(fleet.get(TENANT, secret, addressFor(EU, US), "/realm").statusCode()).isEqualTo(401);
    fleet.clock.advance(Duration.ofDays(30).minusSeconds(2));

    installsAndLivesIn(EU, addressFor(null, US));
  }

  @Test
  void reinstallAfterThirtyDaysMayLandElsewhere() throws Exception {
    keepForThirtyDays();
    installsAndLivesIn(EU, addressFor(EU, US));
    assertThat(fleet.uninstall(TENANT, addressFor(EU, US))).isEqualTo(204);
    fleet.clock.advance(Duration.ofDays(30));

    installsAndLivesIn(US, addressFor(null, US));
  }

  @Test
  void theRealmIsThatOfTheStackIfTheConfigurationNamesIt() throws Exception {
    fleet.close();
    BaseUrls urls =
        new BaseUrls(Fleet.BASE_URLS.baseUrl(), Fleet.BASE_URLS.regionBaseUrls(), GLOBAL, EU);
    fleet = new Fleet(databases, Duration.ZERO, OtherStack.REFUSE, urls);

    installsAndLivesIn(EU, URI.create("https://10.0.0.1"));
  }

  private void keepForThirtyDays() throws Exception {
    fleet.close();
    fleet = new Fleet(databases, Duration.ofDays(30), OtherStack.SERVE);
  }

  /** The call's secret; the tenant is then served from that realm, whichever address it calls. */
  private String installsAndLivesIn(Realm realm, URI address) throws Exception {
    String secret = fleet.install(TENANT, address).orElseThrow();
    assertThat(fleet.home(TENANT)).contains(realm);
    assertThat(fleet.get(TENANT, secret, address, "/realm").body())
        .isEqualTo(fleet.databaseOf(realm));
    return secret;
  }
}
