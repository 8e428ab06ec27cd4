package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.RowSecurity;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "policies",
    description = {
      "Print the SQL of row-level security for the tenants' tables of a realm.",
      "Changes nothing. The SQL may be run again and ends the same; without --force it also takes"
          + " an earlier FORCE back.",
      "A session then sees and writes the rows of the tenant that its setting "
          + RowSecurity.SETTING
          + " names, and none while it is not set.",
      "The application's role must not own the tables, since an owner is not bound, or the SQL is"
          + " made with --force. It needs SELECT on the tables that policies look at.",
      "The role of this configuration must not be bound, or moves are refused: it is the owner"
          + " without FORCE, or has BYPASSRLS."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  domicile policies --realm EU",
      "  domicile policies --realm EU | psql -v ON_ERROR_STOP=1 ...",
      "  domicile policies --realm EU --force --json"
    })
final class PoliciesVerb extends Verb {
  @Option(
      names = "--realm",
      required = true,
      paramLabel = "REALM",
      description = "Whose tables to look at.")
  String realm = "";

  @Option(names = "--force", description = "Bind the tables' owner as well.")
  boolean force;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    RowSecurity security = migrator.policies(realm(realm), force);
    String sql = security.script();
    output.json(
        Map.of(
            "realm", security.realm().name(),
            "forced", security.forced(),
            "tables", security.tables(),
            "shared", security.shared(),
            "findings", security.findings(),
            "sql", sql));
    output.line("%s", sql);
    return ExitCode.DONE;
  }
}
