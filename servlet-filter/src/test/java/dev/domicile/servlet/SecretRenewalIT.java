package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Changing the key that encrypts secrets at rest. */
final class SecretRenewalIT {
  private static final String OLD = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final String NEW = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
  private static final SecretKeys BEFORE = SecretKeys.ofBase64("2025", Map.of("2025", OLD));
  private static final SecretKeys BOTH =
      SecretKeys.ofBase64("2026", Map.of("2025", OLD, "2026", NEW));
  private static final SecretKeys AFTER = SecretKeys.ofBase64("2026", Map.of("2026", NEW));
  private static final int TENANTS = 1203;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final TestClock clock = new TestClock();
  private Database control;
  private DSLContext context;

  @BeforeEach
  void open() {
    control = databases.create("control", Deployment::createTables);
    DataSource source = Deployment.config(control).unpooled("test");
    context = DSL.using(source, SQLDialect.POSTGRES);
  }

  @Test
  void afterwardsTheOldKeyIsNotNeeded() {
    InstallationSecrets old = node(BEFORE);
    store(old, "live", "one");
    store(old, "rotated", "first");
    store(old, "rotated", "second");
    store(old, "uninstalled", "one");
    control.execute(
        "UPDATE domicile.installation SET uninstalled_at = now() WHERE client_key = 'uninstalled'");
    store(node(BOTH), "fresh", "one");

    assertThat(node(BOTH).reencrypt()).isEqualTo(new Reencryption(4, 3, 0));

    InstallationSecrets after = node(AFTER);
    assertThat(after.find(tenant("live"))).contains(secret("live", "one"));
    assertThat(after.find(tenant("fresh"))).contains(secret("fresh", "one"));
    assertThat(after.find(tenant("rotated"))).contains(secret("rotated", "second"));
    assertThat(after.findPrevious(tenant("rotated"))).contains(secret("rotated", "first"));
    assertThat(after.find(tenant("uninstalled"))).isEmpty();
    assertThat(node(BOTH).reencrypt()).as("once more").isEqualTo(new Reencryption(4, 0, 0));
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> node(BEFORE).find(tenant("live")));
  }

  @Test
  void walksOverMoreRowsThanOnePageHas() {
    DatabaseConfig config = Deployment.config(control);
    try (Router router = new Router(new RouterConfig(config, Map.of(new Realm("EU"), config)))) {
      DSLContext one = router.control();
      InstallationTable table = new InstallationTable(one, new SecretCipher(BEFORE), clock);
      for (int i = 0; i < TENANTS; i++) {
        table.store(
            new Installation(tenant("t" + i), "https://x.example.net", "jira", secret("t", "s")),
            Optional.empty());
      }

      assertThat(new InstallationSecrets(one, BOTH, clock).reencrypt())
          .isEqualTo(new Reencryption(TENANTS, TENANTS, 0));
    }
    assertThat(node(AFTER).find(tenant("t1202"))).contains(secret("t", "s"));
  }

  @Test
  void countsWhatItCannotReadAndGoesOn() {
    store(node(BEFORE), "a", "one");
    store(node(BEFORE), "b", "one");
    control.execute(
        "UPDATE domicile.installation SET shared_secret = 'plain text' WHERE client_key = 'a'");

    assertThat(node(BOTH).reencrypt()).isEqualTo(new Reencryption(2, 1, 1));
    assertThat(control.list("SELECT shared_secret FROM domicile.installation WHERE client_key='a'"))
        .containsExactly("plain text");
  }

  @Test
  void neverBringsBackASecretThatWasReplacedMeanwhile() throws Exception {
    store(node(BEFORE), "a", "0");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> renewals =
          thread.submit(
              () -> {
                for (int i = 0; i < 12; i++) {
                  node(BOTH).reencrypt();
                  node(SecretKeys.ofBase64("2025", Map.of("2025", OLD, "2026", NEW))).reencrypt();
                }
              });
      for (int i = 1; i <= 12; i++) {
        store(node(BOTH), "a", String.valueOf(i));
        assertThat(node(BOTH).find(tenant("a"))).contains(secret("a", String.valueOf(i)));
      }
      renewals.get(60, TimeUnit.SECONDS);
    } finally {
      thread.shutdownNow();
    }
    assertThat(node(BOTH).find(tenant("a"))).contains(secret("a", "12"));
  }

  private InstallationSecrets node(SecretKeys keys) {
    return new InstallationSecrets(context, keys, clock, Duration.ofMinutes(5));
  }

  private static void store(InstallationSecrets secrets, String tenant, String which) {
    secrets.store(tenant(tenant), "https://x.example.net", "jira", secret(tenant, which));
  }

  private static TenantId tenant(String name) {
    return new TenantId(name);
  }

  private static SharedSecret secret(String tenant, String which) {
    return new SharedSecret("the shared secret of 32 bytes of " + tenant + " " + which);
  }
}
