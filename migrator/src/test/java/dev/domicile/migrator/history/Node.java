package dev.domicile.migrator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The process of a {@link HistoryWriter}. */
final class Node implements AutoCloseable {
  private final String name;
  private final Process process;
  private final PrintWriter orders;
  private final BufferedReader answers;

  Node(String name, Path log, List<String> args) throws IOException {
    this.name = name;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx96m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(HistoryWriter.class.getName());
    command.addAll(args);
    process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.to(new File(log.toString())))
            .start();
    orders = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Waits until it writes. */
  void awaitReady() throws Exception {
    await("ready");
  }

  /** Has it end its transactions and forget all routes. */
  void forget() throws Exception {
    orders.println("forget");
    await("done");
  }

  /** Has it write no more. */
  void end() throws Exception {
    orders.println("end");
    await("done");
  }

  void pause() {
    signal("-STOP");
  }

  void resume() {
    signal("-CONT");
  }

  @Override
  public void close() {
    resume();
    orders.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void await(String answer) throws Exception {
    assertThat(CompletableFuture.supplyAsync(() -> isSaid(answer)).get(2, TimeUnit.MINUTES))
        .as("answer of %s", name)
        .isTrue();
  }

  private boolean isSaid(String answer) {
    // Its logging goes the same way.
    return answers.lines().anyMatch(answer::equals);
  }

  private void signal(String signal) {
    if (!process.isAlive()) {
      return;
    }
    try {
      new ProcessBuilder("kill", signal, Long.toString(process.pid()))
          .inheritIO()
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
