package dev.domicile.migrator.cli;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.Migrator;
import dev.domicile.router.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "routes",
    description = "Show where tenants live.",
    subcommands = {RoutesVerb.Add.class, RoutesVerb.Remove.class})
final class RoutesVerb extends Verb {
  @Override
  ExitCode run(Migrator migrator, Output output) {
    List<Route> routes = migrator.routes().list();
    output.json(routes);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("TENANT", "REALM", "SINCE", "STATE", "EPOCH"));
    for (Route route : routes) {
      rows.add(
          List.of(
              route.tenant().clientKey(),
              route.realm().name(),
              route.since().toString(),
              route.state().name(),
              String.valueOf(route.epoch())));
    }
    output.table(rows);
    return ExitCode.DONE;
  }

  /** Adds a route. */
  @Command(name = "add", description = "Say where a tenant lives that has no route yet.")
  static final class Add extends TenantVerb {
    @Parameters(index = "1", paramLabel = "REALM", description = "The realm that holds its rows.")
    String realm = "";

    @Option(names = "--dry-run", description = "Check the names, and add nothing.")
    boolean dryRun;

    @Override
    ExitCode run(Migrator migrator, Output output) {
      migrator.requireConfigured(realm(realm));
      if (!dryRun && !migrator.routes().add(tenant(), realm(realm))) {
        throw new MigrationException.WrongState(
            "tenant '" + tenant() + "' has a route already; move it instead");
      }
      output.json(Map.of("tenant", tenant().clientKey(), "realm", realm, "dryRun", dryRun));
      output.line(
          dryRun ? "Would add: tenant '%s' lives in %s." : "Tenant '%s' lives in %s.",
          tenant(),
          realm);
      return ExitCode.DONE;
    }
  }

  /** Removes a route. */
  @Command(name = "remove", description = "Forget where a tenant lives; its rows stay.")
  static final class Remove extends TenantVerb {
    @Option(names = "--dry-run", description = "Look the route up, and remove nothing.")
    boolean dryRun;

    @Override
    ExitCode run(Migrator migrator, Output output) {
      Route route =
          migrator
              .routes()
              .find(tenant())
              .orElseThrow(
                  () ->
                      new MigrationException.InvalidRequest(
                          "tenant '" + tenant() + "' has no route; see routes"));
      if (!dryRun) {
        migrator.forget(route);
      }
      output.json(
          Map.of("tenant", tenant().clientKey(), "realm", route.realm().name(), "dryRun", dryRun));
      output.line(
          dryRun ? "Would forget: tenant '%s' in %s." : "Tenant '%s' in %s has no route now.",
          tenant(),
          route.realm());
      return ExitCode.DONE;
    }
  }
}
