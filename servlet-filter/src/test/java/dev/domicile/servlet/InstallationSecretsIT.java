package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InstallationSecretsIT {
  private static final TenantId A = new TenantId("tenant-a");
  private static final TenantId B = new TenantId("tenant-b");
  private static final SharedSecret SECRET =
      new SharedSecret("the shared secret of tenant a: \u00e9\"");
  private static final SharedSecret OTHER = new SharedSecret("the other shared secret of a tenant");
  private static final SecretKeys KEYS =
      SecretKeys.ofBase64("2026", Map.of("2026", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="));

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final AtomicLong seconds = new AtomicLong();
  private Database control;
  private DSLContext context;
  private InstallationSecrets secrets;

  @BeforeEach
  void open() {
    control = databases.create("control", Deployment::createTables);
    DataSource source =
        new DatabaseConfig(control.url(), control.user(), control.password()).unpooled("test");
    context = DSL.using(source, SQLDialect.POSTGRES);
    secrets = node();
  }

  @Test
  void readsBackWhatItStoredAndStoresNoSecretInTheClear() {
    assertThat(secrets.find(A)).isEmpty();
    secrets.store(A, "https://a.example.net", "jira", SECRET);

    assertThat(secrets.find(A)).contains(SECRET);
    assertThat(secrets.find(B)).isEmpty();
    assertThat(control.list("SELECT i::text FROM domicile.installation i"))
        .singleElement()
        .asString()
        .contains("https://a.example.net", "jira")
        .doesNotContain("shared secret");
  }

  @Test
  void aNewInstallationReplacesTheOldOne() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    uninstall();
    assertThat(node().find(A)).as("after it was uninstalled").isEmpty();

    secrets.store(A, "https://renamed.example.net", "confluence", OTHER);

    assertThat(secrets.find(A)).contains(OTHER);
    assertThat(
            control.list(
                "SELECT base_url || ' ' || product_type || ' ' || (uninstalled_at IS NULL)"
                    + " FROM domicile.installation"))
        .containsExactly("https://renamed.example.net confluence true");
  }

  @Test
  void takesUpASecretThatAnotherNodeReplacedWhenItIsAskedAgain() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    assertThat(secrets.find(A)).contains(SECRET);
    node().store(A, "https://a.example.net", "jira", OTHER);

    assertThat(secrets.find(A)).contains(SECRET);
    assertThat(secrets.findAgain(A)).as("asked too soon").contains(SECRET);
    seconds.incrementAndGet();
    assertThat(secrets.findAgain(A)).contains(OTHER);
    assertThat(secrets.find(A)).contains(OTHER);
  }

  @Test
  void theSecretBeforeIsGoodForAsLongAsTheOverlapAndNoLonger() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    assertThat(secrets.findPrevious(A)).isEmpty();
    secrets.store(A, "https://a.example.net", "jira", OTHER);

    assertThat(secrets.find(A)).contains(OTHER);
    assertThat(secrets.findPrevious(A)).contains(SECRET);
    secrets.store(A, "https://a.example.net", "jira", OTHER);
    assertThat(secrets.findPrevious(A)).as("after an upgrade with the same").contains(SECRET);
    seconds.addAndGet(InstallationSecrets.DEFAULT_OVERLAP.toSeconds() - 1);
    assertThat(secrets.findPrevious(A)).contains(SECRET);
    assertThat(node().findPrevious(A)).contains(SECRET);
    assertThat(none().findPrevious(A)).as("without an overlap").isEmpty();
    seconds.incrementAndGet();
    assertThat(secrets.findPrevious(A)).isEmpty();
    assertThat(node().findPrevious(A)).isEmpty();
  }

  @Test
  void noSecretOutlivesItsInstallation() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    uninstall();
    secrets.store(A, "https://a.example.net", "jira", OTHER);

    assertThat(node().find(A)).contains(OTHER);
    assertThat(node().findPrevious(A)).isEmpty();
    assertThatThrownBy(
            () ->
                control.execute(
                    "UPDATE domicile.installation SET previous_secret = 'x',"
                        + " secret_replaced_at = now(), uninstalled_at = now()"))
        .hasStackTraceContaining("installation_previous_secret_lives");
  }

  @Test
  void aSecretBeforeThatCannotBeReadKeepsNobodyOut() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    secrets.store(A, "https://a.example.net", "jira", OTHER);
    control.execute("UPDATE domicile.installation SET previous_secret = 'plain.secret.in.the.row'");

    assertThat(node().find(A)).contains(OTHER);
    assertThat(node().findPrevious(A)).isEmpty();
  }

  @Test
  void refusesAnOverlapThatIsNoneOrTooLong() {
    for (Duration overlap : List.of(Duration.ofSeconds(-1), Duration.ofHours(1).plusSeconds(1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new InstallationSecrets(context, KEYS, Instant::now, overlap))
          .withMessageContaining("overlap");
    }
  }

  @Test
  void servesAWarmTenantWhileTheControlDatabaseIsDown() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    assertThat(secrets.find(A)).contains(SECRET);
    TestDatabases.server().dropDatabase(control);
    seconds.incrementAndGet();

    refuses(B, "the control database does not answer");
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> secrets.findAgain(A));
    assertThat(secrets.find(A)).as("after a forged token made it ask again").contains(SECRET);
  }

  @Test
  void doesNotBelieveASecretThatWasCopiedToAnotherRow() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    secrets.store(B, "https://b.example.net", "jira", OTHER);
    control.execute(
        "UPDATE domicile.installation SET shared_secret ="
            + " (SELECT shared_secret FROM domicile.installation WHERE client_key = 'tenant-a')");

    assertThat(secrets.find(A)).contains(SECRET);
    refuses(B, "the row holds the secret of another tenant");
  }

  @Test
  void doesNotShowASecretThatIsStoredInTheClear() {
    secrets.store(A, "https://a.example.net", "jira", SECRET);
    control.execute("UPDATE domicile.installation SET shared_secret = 'plain.secret.in.the.row'");

    refuses(A, "it is not a JWE");
  }

  private void refuses(TenantId tenant, String reason) {
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> secrets.find(tenant))
        .withMessageContaining("tenant '" + tenant + "'")
        .withMessageContaining(reason)
        .satisfies(e -> assertThat(e).hasStackTraceContaining("SecretUnavailable"))
        .satisfies(
            e ->
                assertThat(e.toString())
                    .doesNotContain("plain.secret", "shared secret of tenant a:"));
  }

  private void uninstall() {
    control.execute("UPDATE domicile.installation SET uninstalled_at = now()");
  }

  private InstallationSecrets none() {
    return new InstallationSecrets(
        context, KEYS, () -> Instant.ofEpochSecond(seconds.get()), Duration.ZERO);
  }

  private InstallationSecrets node() {
    return new InstallationSecrets(context, KEYS, () -> Instant.ofEpochSecond(seconds.get()));
  }
}
