package dev.domicile.migrator.cli;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. */
@Command(
    name = "domicile",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Moves one tenant from the database of one realm to that of another.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      InitVerb.class,
      RoutesVerb.class,
      PlanVerb.class,
      MoveVerb.class,
      ScheduleVerb.class,
      StartVerb.class,
      StatusVerb.class,
      VerifyVerb.class,
      CommitVerb.class,
      RollbackVerb.class,
      PurgeVerb.class,
      CertificateVerb.class,
      PoliciesVerb.class,
      StrideVerb.class,
      CommandLine.HelpCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  domicile init",
      "  domicile routes add acme US",
      "  domicile plan acme --to EU",
      "  domicile move acme --to EU",
      "  domicile schedule acme --to EU --until 2026-12-26T04:00:00Z",
      "  domicile start acme && domicile commit acme",
      "  domicile verify acme",
      "  domicile certificate acme --page acme.html",
      "  domicile policies --realm EU | psql ..."
    })
public final class Main {
  private Main() {}

  /** Runs a verb and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /**
   * Runs a verb.
   *
   * @param out where results go
   * @param err where errors go, one line each
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commands = new CommandLine(new Main());
    Map<String, String> exitCodes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      exitCodes.put(String.valueOf(code.number()), code.meaning());
    }
    commands.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    commands.getCommandSpec().usageMessage().exitCodeList(exitCodes);
    for (CommandLine verb : commands.getSubcommands().values()) {
      addHelp(verb);
    }
    return commands
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Main::fail)
        .setParameterExceptionHandler(Main::misunderstand)
        .execute(args);
  }

  private static void addHelp(CommandLine verb) {
    if (verb.getCommand() instanceof Verb) {
      verb.getCommandSpec().mixinStandardHelpOptions(true);
      verb.getSubcommands().values().forEach(Main::addHelp);
    }
  }

  private static int misunderstand(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(oneLine(error.getMessage() + "; see " + name + " --help"));
    return ExitCode.USAGE.number();
  }

  private static String oneLine(String message) {
    return "domicile: " + message.replaceAll("\\s*\\R\\s*", " ");
  }

  private static int fail(Exception error, CommandLine command, ParseResult parsed) {
    ExitCode code = ExitCode.of(error);
    boolean known = code != ExitCode.UNEXPECTED;
    String message =
        known
            ? String.valueOf(error.getMessage())
            : "unexpected " + error.getClass().getSimpleName() + "; run with --verbose and report";
    command.getErr().println(oneLine(message));
    if (command.getCommand() instanceof Verb verb) {
      List<Finding> findings =
          error instanceof MigrationException.Refused refused ? refused.findings() : List.of();
      verb.output().json(Map.of("error", message, "exitCode", code.number(), "findings", findings));
      if (!known && verb.options.verbose) {
        error.printStackTrace(command.getErr());
      }
    }
    return code.number();
  }

  /** Reads the version from the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"domicile " + (version == null ? "development" : version)};
    }
  }
}
