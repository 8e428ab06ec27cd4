package dev.domicile.simulator;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The verb {@code rehearse}: plays realm migrations with an app and reports what it broke. */
@Command(
    name = "domicile rehearse",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description =
        "Stands in for Atlassian's realm migration service and product: installs tenants, moves"
            + " them by the five hooks, and reports where the app breaks the protocol.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  domicile rehearse --list",
      "  domicile rehearse --app http://localhost:8080 --probe /notes --seed /notes",
      "  domicile rehearse --app http://localhost:8080 --scenario 'jwt-*' --brief",
      "  domicile rehearse --app descriptor.json --region EU=http://localhost:8081 --to EU"
    })
public final class Main implements Callable<Integer> {
  private static final Duration GRACE = Duration.ofSeconds(10);

  @ArgGroup(exclusive = false)
  @Nullable AppOptions app;

  @Option(names = "--list", description = "Name the scenarios, and end.")
  boolean list;

  @Option(
      names = "--scenario",
      split = ",",
      paramLabel = "NAME",
      description = "Play only these; 'jwt-*' is all that begin so. May be repeated.")
  Set<String> wanted = new LinkedHashSet<>();

  @Option(
      names = "--skip",
      split = ",",
      paramLabel = "NAME",
      description = "Leave these out. May be repeated.")
  Set<String> unwanted = new LinkedHashSet<>();

  @Option(
      names = "--speed",
      paramLabel = "N",
      defaultValue = "300",
      description =
          "How many times faster than the service, which polls every five minutes;"
              + " ${DEFAULT-VALUE} by default.")
  double speed = 300;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description =
          "How long a migration may take to become ready, in real time; ${DEFAULT-VALUE} by"
              + " default.")
  double patience = 120;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description =
          "How long a commit or rollback may take to show, in real time; ${DEFAULT-VALUE} by"
              + " default.")
  double settle = 5;

  @Option(
      names = "--keys-host",
      paramLabel = "HOST",
      defaultValue = "localhost",
      description = "Where the public key of signed installs is served; ${DEFAULT-VALUE}.")
  String keysHost = "localhost";

  @Option(
      names = "--keys-port",
      paramLabel = "PORT",
      defaultValue = "9720",
      description = "Its port; ${DEFAULT-VALUE} by default, 0 for any that is free.")
  int keysPort = 9720;

  @Option(names = "--json", description = "Write the report as one JSON document.")
  boolean json;

  @Option(names = "--brief", description = "One line for each scenario that passed.")
  boolean brief;

  @Option(
      names = "--junit-xml",
      paramLabel = "FILE",
      description = "Write the report to that file too, as build servers read it.")
  @Nullable Path junitXml;

  @Spec @Nullable CommandSpec spec;

  /** A command line that is yet to be parsed. */
  Main() {}

  /** Runs the verb and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /**
   * Runs the verb.
   *
   * @param out where the report goes
   * @param err where progress and errors go
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine command = new CommandLine(new Main());
    Map<String, String> exitCodes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      exitCodes.put(String.valueOf(code.number()), code.meaning());
    }
    command.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    command.getCommandSpec().usageMessage().exitCodeList(exitCodes);
    return command
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Main::fail)
        .setParameterExceptionHandler(Main::misunderstand)
        .execute(args);
  }

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    List<Scenario> scenarios = Scenarios.chosen(wanted, unwanted);
    if (list) {
      scenarios.forEach(s -> command.getOut().printf("%-26s %s%n", s.name(), s.summary()));
      return ExitCode.DONE.number();
    }
    if (app == null) {
      throw new RehearsalException(ExitCode.USAGE, "--app is missing; see --help");
    }
    Duration timeout = AppOptions.seconds(app.answerLimit).plus(GRACE);
    AppClient client = new AppClient(timeout);
    Descriptor descriptor =
        new DescriptorReader(client.http()).read(app.app, app.baseUrl, app.regions);
    Settings settings =
        app.settings(
            descriptor,
            new Cadence(speed),
            AppOptions.seconds(patience),
            AppOptions.seconds(settle));
    client.requireReachable(settings.from(), descriptor.baseUrl(settings.from()));
    client.requireReachable(settings.to(), descriptor.baseUrl(settings.to()));
    try (KeyServer keys = new KeyServer(keysHost, keysPort)) {
      announce(command.getErr(), keys.baseUrl(), settings);
      InstantSource clock = InstantSource.system();
      World world =
          new World(
              settings,
              client,
              new Tokens(clock, keys.key(), keys.pem()),
              new Waiter(command.getErr()),
              new Redaction(),
              clock);
      return rehearse(command, world, scenarios).number();
    }
  }

  private ExitCode rehearse(CommandLine command, World world, List<Scenario> scenarios) {
    TextReport text = new TextReport(json ? command.getErr() : command.getOut(), json || brief);
    Report report = new Rehearsal(world).play(scenarios, text::scenario);
    text.summary(report);
    if (json) {
      command.getOut().println(JsonReport.of(report));
      command.getOut().flush();
    }
    if (junitXml != null) {
      JUnitXml.write(report, junitXml);
    }
    return report.isConforming() ? ExitCode.DONE : ExitCode.NOT_CONFORMING;
  }

  private static void announce(PrintWriter err, URI keys, Settings settings) {
    err.println("The key of signed installs is at " + keys + "/<kid>. The app has to be told:");
    err.println("  atlassian-connect-spring-boot: atlassian.connect.public-key-base-url=" + keys);
    err.println("  atlassian-connect-express:     CONNECT_KEYS_CDN_URL=" + keys);
    err.println(
        "Rehearsing "
            + settings.descriptor().key()
            + " from "
            + settings.from()
            + " to "
            + settings.to()
            + " at "
            + settings.cadence().speed()
            + " times the service's speed.");
    err.flush();
  }

  private static int misunderstand(ParameterException error, String[] args) {
    return say(error.getCommandLine(), ExitCode.USAGE, error.getMessage() + "; see --help");
  }

  private static int fail(Exception error, CommandLine command, ParseResult parsed) {
    return error instanceof RehearsalException known
        ? say(command, known.exitCode(), known.getMessage())
        : say(
            command,
            ExitCode.UNEXPECTED,
            "unexpected " + error.getClass().getSimpleName() + "; please report it");
  }

  private static int say(CommandLine command, ExitCode code, @Nullable String message) {
    command.getErr().println("domicile: " + String.valueOf(message).replaceAll("\\s*\\R\\s*", " "));
    command.getErr().flush();
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
