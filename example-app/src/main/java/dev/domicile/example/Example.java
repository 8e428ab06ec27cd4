package dev.domicile.example;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.Environment;

/** Runs the app on a Postgres server of its own, until it is stopped. */
final class Example {
  private static final int KEYS_PORT = 9720;
  private static final String KEYS_URL = "http://localhost:" + KEYS_PORT;

  private Example() {}

  /**
   * Arguments are properties of the app, such as {@code --example.ports.global=9090}. Two tenants
   * are installed at once, unless an argument says that the keys that sign installs are elsewhere.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    System.out.println("Starting Postgres with the databases control, global, eu and us...");
    EmbeddedServer server = EmbeddedServer.start();
    List<String> arguments = new ArrayList<>();
    arguments.addAll(database("domicile.control", server.createDatabase("control")));
    for (String realm : List.of("GLOBAL", "EU", "US")) {
      arguments.addAll(
          database(
              "domicile.realms." + realm, server.createDatabase(realm.toLowerCase(Locale.ROOT))));
    }
    arguments.addAll(List.of(args));
    Environment app;
    // The rehearsal publishes its own key there afterwards.
    try (StandIn product = new StandIn(KEYS_PORT)) {
      app = run(arguments);
      if (KEYS_URL.equals(app.getProperty("atlassian.connect.public-key-base-url"))) {
        install(product, app);
      }
    } catch (UncheckedIOException e) {
      System.out.println("Port " + KEYS_PORT + " is taken; whoever has it installs the app.");
      app = run(arguments);
    }
    describe(app);
    System.out.println("\nStop it with Ctrl+C; the databases go with it.");
  }

  private static void install(StandIn product, Environment app)
      throws IOException, InterruptedException {
    for (String realm : List.of("EU", "US")) {
      TenantId tenant = new TenantId("acme-" + realm.toLowerCase(Locale.ROOT));
      System.out.println(
          "%n%s has installed the app; its page, for three minutes:".formatted(tenant));
      System.out.println("  " + product.install(tenant, address(app, realm)));
    }
  }

  private static Environment run(List<String> arguments) {
    return SpringApplication.run(ExampleApp.class, arguments.toArray(String[]::new))
        .getEnvironment();
  }

  private static void describe(Environment app) {
    String baseUrl = app.getRequiredProperty("domicile.connect.base-url");
    System.out.println("descriptor  " + baseUrl + "/atlassian-connect.json");
    System.out.println("GLOBAL      " + baseUrl);
    System.out.println("EU          " + address(app, "EU"));
    System.out.println("US          " + address(app, "US"));
  }

  private static String address(Environment app, String realm) {
    return app.getRequiredProperty("domicile.connect.region-base-urls." + realm);
  }

  private static List<String> database(String prefix, Database database) {
    return List.of(
        "--" + prefix + ".url=" + database.url(),
        "--" + prefix + ".user=" + database.user(),
        "--" + prefix + ".password=" + database.password());
  }
}
