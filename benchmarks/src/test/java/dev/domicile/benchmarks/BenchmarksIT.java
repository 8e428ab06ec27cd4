package dev.domicile.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** Every benchmark runs and yields a figure; how high it is depends on the machine. */
final class BenchmarksIT {
  @Test
  void copiesATenantInEachWay() {
    assertThat(run("copy", "--rows", "2000", "--shots", "1", "--jobs", "1,2", "--profile"))
        .containsPattern("domicile, jobs 1 +\\d+\\.\\d\\d ")
        .containsPattern("domicile, jobs 2 +\\d+\\.\\d\\d ")
        .containsPattern("plain pipe +\\d+\\.\\d\\d .* 1\\.00")
        .contains("waiting s");
  }

  @Test
  void routesWithAndWithoutDomicile() {
    assertThat(run("routing", "--shots", "1", "--threads", "1", "--millis", "20"))
        .containsPattern("bareCache +1 +\\d+\\.\\d ")
        .containsPattern("bareExpiringCache +1 +\\d+\\.\\d ")
        .containsPattern("resolve +1 +\\d+\\.\\d ")
        .containsPattern("barePool +1 +\\d+\\.\\d ")
        .containsPattern("connectionInScope +1 +\\d+\\.\\d ")
        .containsPattern("scopeAndConnection +1 +\\d+\\.\\d ");
  }

  private static String run(String... args) {
    StringWriter out = new StringWriter();
    assertThat(Benchmarks.run(new PrintWriter(out, true), args)).as("exit code").isZero();
    return out.toString();
  }
}
