package dev.domicile.benchmarks;

import static dev.domicile.benchmarks.CommandLineRun.run;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Every benchmark of moving a tenant runs and yields a figure; how high it is depends on the
 * machine.
 */
final class MovingBenchmarksIT {
  @Test
  void copiesATenantInEachWay() {
    assertThat(
            run(
                "copy",
                "--rows",
                "2000",
                "--shots",
                "1",
                "--jobs",
                "1,2",
                "--sides",
                "GRANTED,ORDINARY,PIPE,PARTS,LOGICAL,FDW,BATCHES",
                "--profile"))
        .containsPattern("domicile, may switch triggers off, jobs 2 +\\d+\\.\\d\\d ")
        .containsPattern("domicile, ordinary role, jobs 1 +\\d+\\.\\d\\d ")
        .containsPattern("plain pipe +\\d+\\.\\d\\d .* 1\\.00")
        .containsPattern("plain pipe in 12 parts, triggers off, jobs 2 +\\d+\\.\\d\\d ")
        .containsPattern("logical replication, triggers off +\\d+\\.\\d\\d ")
        .containsPattern("postgres_fdw +\\d+\\.\\d\\d ")
        .containsPattern("JDBC batches, triggers off +\\d+\\.\\d\\d ")
        .contains("waiting s");
  }

  @Test
  void copiesManySmallTables() {
    assertThat(run("tables", "--tables", "10", "--shots", "1"))
        .containsPattern("10 +plain +5 +0\\.\\d+ +\\d+\\.\\d\\d ")
        .containsPattern("10 +linked +5 +0\\.\\d+ +\\d+\\.\\d\\d ");
  }

  @Test
  void copiesTenantsOfSeveralSizes() {
    assertThat(run("scaling", "--rows", "500", "--factors", "1,2", "--shots", "1"))
        .containsPattern("5\\d\\d +\\d+\\.\\d\\d .* 1\\.00")
        .containsPattern("1\\d\\d\\d +\\d+\\.\\d\\d ");
  }

  @Test
  void seesHowLongWritesPause() {
    assertThat(
            run(
                "cutover",
                "--rows",
                "2000",
                "--attachment-bytes",
                "64000",
                "--cutovers",
                "3",
                "--rate",
                "50"))
        .containsPattern("rows, 6\\.\\d MB")
        .containsPattern("longest gap between writes at a cutover, ms +\\d+ ")
        .containsPattern("writes/s of the neighbour during one +\\d+ ");
  }

  @Test
  void seesWhatAnUpdatedRowCosts() {
    assertThat(run("cost", "--rows", "10000", "--rounds", "1", "--seconds", "1"))
        .containsPattern("note, the tenant that moves, 1 in a transaction( +\\d+\\.\\d .*){3}")
        .containsPattern("comment, another tenant, 100 in a transaction( +\\d+\\.\\d .*){3}");
  }
}
