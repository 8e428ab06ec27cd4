package dev.domicile.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a process of its own, as a user runs it. */
final class DemoIT {
  @TempDir Path folder;

  @Test
  void showsAMoveAndARollbackAndLeavesNothingBehind() throws Exception {
    Process demo = start();

    assertThat(demo.waitFor(3, TimeUnit.MINUTES)).isTrue();

    assertThat(output())
        .contains("A request without a signature:   401")
        .containsPattern("A request signed for acme: +200 .*app_us")
        .containsPattern("Committed. The same request: +200 .*app_eu")
        .contains("refused by the fence (SQLSTATE DM001)")
        .contains("EU holds 0 rows of borealis")
        .contains("the same as before.")
        .containsPattern("acme \\(moved\\) +3,");
    assertThat(demo.exitValue()).isZero();
    assertThat(leftBehind()).isEmpty();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void stopsItsServersWhenItIsInterrupted() throws Exception {
    Process demo = start();
    while (demo.isAlive() && !output().contains("2. Fill them")) {
      Thread.sleep(50);
    }
    assertThat(leftBehind()).as("servers that run").hasSizeGreaterThanOrEqualTo(3);

    // As Ctrl-C does; SIGINT itself is ignored where a shell has started the build in the
    // background.
    new ProcessBuilder("kill", "-TERM", String.valueOf(demo.pid())).start().waitFor();

    assertThat(demo.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(demo.exitValue()).isNotZero();
    assertThat(leftBehind()).isEmpty();
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Djava.io.tmpdir=" + folder,
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "dev.domicile.demo.Demo",
            "--rows",
            "3000")
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  /** Processes that work in the demo's temporary folder, and data folders in it. */
  private List<String> leftBehind() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Stream<String> processes =
          ProcessHandle.allProcesses()
              .map(process -> process.info().commandLine().orElse(""))
              .filter(command -> command.contains(folder + "/domicile-postgres-"));
      return Stream.concat(
              processes,
              files.map(Path::toString).filter(name -> name.contains("domicile-postgres-")))
          .toList();
    }
  }
}
