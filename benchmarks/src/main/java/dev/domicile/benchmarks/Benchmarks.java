package dev.domicile.benchmarks;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the benchmarks. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = "Measures Domicile beside what it is compared with.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CopyCommand.class,
      TablesCommand.class,
      ScalingCommand.class,
      CutoverCommand.class,
      CostCommand.class,
      RoutingCommand.class,
      NodesCommand.class,
      OutageCommand.class,
      IsolationCommand.class,
      AuthenticationCommand.class
    })
public final class Benchmarks {
  private Benchmarks() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(new PrintWriter(System.out, true, StandardCharsets.UTF_8), args));
  }

  /** Runs a command that writes its results there; returns the exit code. */
  static int run(PrintWriter out, String... args) {
    return new CommandLine(new Benchmarks()).setOut(out).execute(args);
  }
}
