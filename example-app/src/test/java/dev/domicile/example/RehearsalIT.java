package dev.domicile.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.testkit.TestDatabases;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole rehearsal, in a process of its own, with the example app. */
final class RehearsalIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();
  @TempDir Path folder;

  @Test
  void everyScenarioPasses() throws Exception {
    int keysPort = RunningExample.freePorts(1).get(0);
    String keysUrl = "http://localhost:" + keysPort;
    try (RunningExample example =
        new RunningExample(databases, keysUrl, "--domicile.hooks.polling=200ms")) {
      Path report = folder.resolve("report.json");
      int exitCode = rehearse(report, example.globalPort, keysPort);

      JsonNode scenarios = new JsonMapper().readTree(report.toFile()).path("scenarios");
      List<String> otherwise = new ArrayList<>();
      for (JsonNode scenario : scenarios) {
        if (!scenario.path("outcome").asText().equalsIgnoreCase("passed")) {
          otherwise.add(scenario.toString());
        }
      }
      assertThat(otherwise).isEmpty();
      assertThat(exitCode).isZero();
      assertThat(scenarios.size()).isGreaterThanOrEqualTo(38);
    }
  }

  private static int rehearse(Path report, int port, int keysPort) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.domicile.simulator.Main",
                "--app=http://localhost:" + port,
                "--probe=/notes",
                "--seed=/notes",
                "--keys-port=" + keysPort,
                "--speed=3000",
                "--json")
            .redirectOutput(report.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
