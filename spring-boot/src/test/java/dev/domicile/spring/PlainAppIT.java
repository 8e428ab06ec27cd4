package dev.domicile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ForgeTenants;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.InstallSigner;
import dev.domicile.testkit.TestDatabases;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application with nothing but the starter and its configuration, on Tomcat. */
final class PlainAppIT {
  private static final TenantId A = new TenantId("tenant-a");
  private static final TenantId B = new TenantId("tenant-b");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final InstallSigner signer = new InstallSigner();
  private Database control;
  private Database us;
  private Database eu;
  private ConfigurableApplicationContext app;
  private Product product;

  @BeforeEach
  void start() {
    control = databases.create("control");
    us = databases.create("us");
    eu = databases.create("eu");
    DomicileSchema.CONTROL.migrate(dataSource(control));
    for (Database realm : List.of(us, eu)) {
      DomicileSchema.REALM.migrate(dataSource(realm));
      realm.execute("CREATE TABLE note (id int PRIMARY KEY, client_key text NOT NULL)");
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--spring.main.banner-mode=off",
                "--management.endpoints.web.exposure.include=health",
                "--management.endpoint.health.show-details=always",
                "--domicile.connect.app-key=com.example.app",
                "--domicile.connect.base-url=http://localhost",
                "--domicile.connect.region-base-urls.EU=http://127.0.0.1",
                "--domicile.connect.global-realm=US",
                "--domicile.connect.install-keys-url=" + signer.keysUrl(),
                "--domicile.connect.open-paths=/actuator/*,/open",
                "--domicile.connect.migration-path=/migration",
                "--domicile.forge.migration-path=/forge",
                "--domicile.forge.app-id=ari:cloud:ecosystem::app/1",
                "--domicile.hooks.polling=100ms",
                "--domicile.connect.secrets.current-key=k1",
                "--domicile.connect.secrets.keys.k1=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="));
    arguments.addAll(database("domicile.control", control));
    arguments.addAll(database("domicile.realms.US", us));
    arguments.addAll(database("domicile.realms.EU", eu));
    app = SpringApplication.run(App.class, arguments.toArray(String[]::new));
    int port = ((WebServerApplicationContext) app).getWebServer().getPort();
    product = new Product(signer, port);
  }

  @AfterEach
  void stop() {
    app.close();
    signer.close();
  }

  @Test
  void theAddressOfTheInstallationDecidesWhereATenantIsServed() throws Exception {
    assertThat(product.lifecycle("installed", A, "localhost", "http://localhost")).isEqualTo(204);
    assertThat(product.lifecycle("installed", B, "127.0.0.1", "http://127.0.0.1")).isEqualTo(204);
    assertThat(product.get(A, "/database").body()).isEqualTo(us.name());
    assertThat(product.get(B, "/database").body()).isEqualTo(eu.name());
    assertThat(product.get(B, "/transaction").body()).isEqualTo(eu.name());

    assertThat(product.lifecycle("uninstalled", B, "localhost", "http://localhost")).isEqualTo(204);
    assertThat(product.get(B, "/database").statusCode()).isEqualTo(401);
  }

  @Test
  void anAsynchronousDispatchKeepsTheTenant() throws Exception {
    product.lifecycle("installed", B, "127.0.0.1", "http://127.0.0.1");
    assertThat(product.get(B, "/later").body()).isEqualTo("done in " + eu.name());
  }

  @Test
  void nobodyElseIsServed() throws Exception {
    product.lifecycle("installed", A, "localhost", "http://localhost");
    assertThat(product.unsigned("/database").statusCode()).isEqualTo(401);
    assertThat(product.get(B, "/database").statusCode()).isEqualTo(401);
    assertThat(product.get("/database", Product.signed(A, "/other")).statusCode()).isEqualTo(401);
    assertThat(product.unsigned("/open").body()).isEqualTo("refused");
  }

  @Test
  void actuatorTellsHowEachRealmDoes() throws Exception {
    product.lifecycle("installed", A, "localhost", "http://localhost");
    product.get(A, "/database");
    String health = product.unsigned("/actuator/health").body();
    assertThat(health)
        .contains("\"db\":{\"status\":\"UP\",\"components\":{\"EU\":{\"status\":\"UP\"");
    assertThat(product.unsigned("/actuator/health/db/US").statusCode()).isEqualTo(200);
    assertThat(product.unsigned("/actuator/health/db/MARS").statusCode()).isEqualTo(404);
    assertThat(
            app.getBean(MeterRegistry.class)
                .get("domicile.connections")
                .tags("realm", "US", "state", "idle")
                .gauge()
                .value())
        .isPositive();

    app.getBean(Router.class)
        .addRealm(
            new Realm("MARS"), new DatabaseConfig("jdbc:postgresql://localhost:1/x", "a", "b"));
    assertThat(product.unsigned("/actuator/health").statusCode()).isEqualTo(503);
    assertThat(product.unsigned("/actuator/health/db/MARS").body()).contains("DOWN", "problem");
    assertThat(product.unsigned("/actuator/health/db/EU").statusCode()).isEqualTo(200);
  }

  @Test
  void theHooksOfConnectMoveATenantAndThoseOfForgeAreBesideThem() throws Exception {
    product.lifecycle("installed", A, "localhost", "http://localhost");
    HttpResponse<String> signedByConnect = product.get(A, "/forge/status");
    assertThat(signedByConnect.statusCode()).isEqualTo(401);
    assertThat(signedByConnect.body()).isEqualTo("{}");
    assertThat(product.unsigned("/forge/nothing").statusCode()).isEqualTo(404);
    us.execute("INSERT INTO note SELECT i, 'tenant-a' FROM generate_series(1, 100) AS i");
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    String window =
        "{\"startTime\":\"%s\",\"endTime\":\"%s\",\"location\":\"EU\"}"
            .formatted(now, now.plus(Duration.ofHours(1)));

    assertThat(product.post(A, "/migration/schedule", window).statusCode()).isEqualTo(200);
    assertThat(product.post(A, "/migration/start", window).statusCode()).isEqualTo(200);
    await()
        .untilAsserted(
            () ->
                assertThat(product.get(A, "/migration/status").body())
                    .contains("\"status\":\"ready-to-commit\""));
    assertThat(product.unsigned("/actuator/health/migrations").body())
        .contains("\"status\":\"UP\"");
    assertThat(product.post(A, "/migration/commit", "{}").statusCode()).isBetween(200, 202);

    await()
        .untilAsserted(() -> assertThat(product.get(A, "/database").body()).isEqualTo(eu.name()));
    assertThat(eu.number("SELECT count(*) FROM note WHERE client_key = 'tenant-a'")).isEqualTo(100);
    MeterRegistry meters = app.getBean(MeterRegistry.class);
    assertThat(timed(meters, "domicile.hooks", "hook", "schedule")).isEqualTo(1);
    assertThat(timed(meters, "domicile.migrations.work", "step", "copy")).isPositive();
    // What is open is looked up once in a while.
    await()
        .untilAsserted(
            () ->
                assertThat(
                        meters
                            .get("domicile.migrations.open")
                            .tags("state", "copying")
                            .gauge()
                            .value())
                    .isZero());
  }

  @Test
  void healthOfTheHooksIsUnknownWithoutTheControlDatabase() throws Exception {
    await()
        .untilAsserted(
            () ->
                assertThat(product.unsigned("/actuator/health/migrations").body())
                    .contains("\"status\":\"UP\""));
    control.execute("ALTER TABLE domicile.migration RENAME TO gone");
    await()
        .untilAsserted(
            () ->
                assertThat(product.unsigned("/actuator/health/migrations").body())
                    .contains("\"status\":\"UNKNOWN\"", "\"problem\"", "\"lookedAt\""));
    assertThat(product.unsigned("/actuator/health").statusCode()).isEqualTo(200);
  }

  @Test
  void nothingOfTheHooksOutlivesTheApplication() {
    String connections =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'domicile-hooks'"
            + " AND datname = '%s'".formatted(control.name());
    await().untilAsserted(() -> assertThat(us.number(connections)).isPositive());
    app.close();
    await().untilAsserted(() -> assertThat(us.number(connections)).isZero());
  }

  private static double timed(MeterRegistry meters, String name, String tag, String value) {
    return meters.get(name).tags(tag, value, "outcome", "done").functionTimer().count();
  }

  private static List<String> database(String prefix, Database database) {
    return List.of(
        "--" + prefix + ".url=" + database.url(),
        "--" + prefix + ".user=" + database.user(),
        "--" + prefix + ".password=" + database.password(),
        "--" + prefix + ".pool.maximum-size=2");
  }

  private static PGSimpleDataSource dataSource(Database database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.url());
    source.setUser(database.user());
    source.setPassword(database.password());
    return source;
  }

  @SpringBootConfiguration
  @EnableAutoConfiguration
  @RestController
  static class App {
    private final JdbcClient database;

    App(JdbcClient database) {
      this.database = database;
    }

    @Bean
    ForgeTenants nobody() {
      return (installation, cloud) -> Optional.empty();
    }

    @GetMapping("/database")
    String database() {
      return database.sql("SELECT current_database()").query(String.class).single();
    }

    @GetMapping("/transaction")
    @Transactional
    public String inTransaction() {
      return database();
    }

    @GetMapping("/later")
    Callable<String> later() {
      String name = database();
      return () -> "done in " + name;
    }

    @GetMapping("/open")
    String open() {
      try {
        return database();
      } catch (RuntimeException e) {
        return "refused";
      }
    }
  }
}
