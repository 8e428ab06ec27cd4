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
  void awaitReady() throws IOException {
    await("ready");
  }

  /** Has it end its transactions and forget all routes. */
  void forget() throws IOException {
    orders.println("forget");
    await("done");
  }

  /** Has it write no more. */
  void end() throws IOException {
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

  private void await(String answer) throws IOException {
    String line = answers.readLine();
    while (line != null && !line.equals(answer)) {
      // Its logging goes the same way.
      line = answers.readLine();
    }
    assertThat(line).as("answer of %s", name).isNotNull();
  }

  private void signal(String signal) {
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
