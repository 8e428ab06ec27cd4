package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The table as the Liquibase script of Atlassian's starter 2.2.1 creates it. */
final class HostTableSecretsIT {
  private static final TenantId A = new TenantId("tenant-a");
  private static final TenantId GONE = new TenantId("tenant-gone");
  private static final TenantId UNSURE = new TenantId("tenant-unsure");
  private static final TenantId BLANK = new TenantId("tenant-blank");
  private static final SharedSecret SECRET = new SharedSecret(Deployment.secret(A).value());
  private static final SharedSecret OTHER =
      new SharedSecret("another secret of tenant a, long enough");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final TestClock clock = new TestClock();
  private Database control;
  private HostTableSecrets secrets;

  @BeforeEach
  void open() {
    control = databases.create("hosts");
    createHosts("public");
    secrets = new HostTableSecrets(Deployment.config(control).unpooled("hosts"), clock);
  }

  @Test
  void readsTheSecretsOfHostsThatHaveTheAppInstalled() {
    assertThat(secrets.find(A)).contains(SECRET);
    assertThat(secrets.find(GONE)).isEmpty();
    assertThat(secrets.find(UNSURE)).isEmpty();
    assertThat(secrets.find(new TenantId("x' OR true --"))).isEmpty();
    assertThat(secrets.findPrevious(A)).isEmpty();
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> secrets.find(BLANK));
  }

  @Test
  void signedRequestsOfSuchAHostAreBelieved() {
    ConnectAuthenticator authenticator =
        new ConnectAuthenticator(new ConnectConfig("com.example.app"), secrets, clock);
    ConnectToken product = new ConnectToken(A, SECRET, clock);
    ConnectToken gone = new ConnectToken(GONE, SECRET, clock);

    assertThat(
            authenticator.authenticate(
                Tokens.request("GET", "/p", null, product.sign("GET", "/p", null))))
        .isEqualTo(new Authentication.Authenticated(A, null));
    assertThat(
            authenticator.authenticate(
                Tokens.request("GET", "/p", null, gone.sign("GET", "/p", null))))
        .isEqualTo(new Authentication.Refused(Authentication.Reason.UNKNOWN_ISSUER));
  }

  @Test
  void takesUpASecretThatTheStarterReplaced() {
    assertThat(secrets.find(A)).contains(SECRET);
    control.execute(
        "UPDATE atlassian_host SET shared_secret = '"
            + OTHER.value()
            + "' WHERE client_key = 'tenant-a'");
    clock.advance(Duration.ofSeconds(1));

    assertThat(secrets.findAgain(A)).contains(OTHER);
    assertThat(secrets.find(A)).contains(OTHER);
  }

  @Test
  void readsATableInAnotherSchema() {
    control.execute("CREATE SCHEMA \"Connect\"");
    createHosts("Connect");
    control.execute("DROP TABLE public.atlassian_host");

    HostTableSecrets elsewhere =
        new HostTableSecrets(Deployment.config(control).unpooled("hosts"), "Connect", clock);

    assertThat(elsewhere.find(A)).contains(SECRET);
    assertThatExceptionOfType(SecretUnavailableException.class)
        .isThrownBy(() -> secrets.find(A))
        .withMessageContaining("the table of hosts cannot be read");
  }

  @Test
  void refusesADataSourceThatGoesByTheTenant() {
    DatabaseConfig config = Deployment.config(control);
    try (Router router = new Router(new RouterConfig(config, Map.of(new Realm("EU"), config)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new HostTableSecrets(router.dataSource(), clock))
          .withMessageContaining("before the tenant is known");
    }
  }

  private void createHosts(String schema) {
    control.execute(
        """
        SET LOCAL search_path = "%s";
        CREATE TABLE atlassian_host (
            client_key varchar(255) PRIMARY KEY, public_key varchar(512),
            shared_secret varchar(255) NOT NULL, base_url varchar(255) NOT NULL,
            product_type varchar(255), description varchar(255),
            service_entitlement_number varchar(255), addon_installed boolean,
            created_date timestamp, last_modified_date timestamp, created_by varchar(255),
            last_modified_by varchar(255), oauth_client_id varchar(255));
        CREATE INDEX idx_atlassian_host_base_url ON atlassian_host (base_url);
        INSERT INTO atlassian_host (client_key, shared_secret, base_url, addon_installed) VALUES
            ('tenant-a', '%s', 'https://a.example.net', true),
            ('tenant-gone', '%s', 'https://b.example.net', false),
            ('tenant-unsure', '%s', 'https://c.example.net', null),
            ('tenant-blank', '', 'https://d.example.net', true)
        """
            .formatted(schema, SECRET.value(), SECRET.value(), SECRET.value()));
  }
}
