package dev.domicile.example;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs the app on a Postgres server of its own, until it is stopped. */
final class Example {
  private Example() {}

  /** Arguments are properties of the app, such as {@code --example.ports.global=9090}. */
  public static void main(String[] args) {
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
    ConfigurableApplicationContext app =
        SpringApplication.run(ExampleApp.class, arguments.toArray(String[]::new));
    String baseUrl = app.getEnvironment().getRequiredProperty("domicile.connect.base-url");
    System.out.println("descriptor  " + baseUrl + "/atlassian-connect.json");
    for (String realm : List.of("EU", "US")) {
      System.out.println(
          "%-11s %s"
              .formatted(
                  realm,
                  app.getEnvironment()
                      .getRequiredProperty("domicile.connect.region-base-urls." + realm)));
    }
    System.out.println("GLOBAL      " + baseUrl);
    System.out.println(
        "Installs have to be signed by a key that "
            + app.getEnvironment().getProperty("atlassian.connect.public-key-base-url", "Atlassian")
            + " publishes. Then GET and POST "
            + baseUrl
            + "/notes with the tenant's token.");
    System.out.println("Stop it with Ctrl+C; the databases go with it.");
  }

  private static List<String> database(String prefix, Database database) {
    return List.of(
        "--" + prefix + ".url=" + database.url(),
        "--" + prefix + ".user=" + database.user(),
        "--" + prefix + ".password=" + database.password());
  }
}
