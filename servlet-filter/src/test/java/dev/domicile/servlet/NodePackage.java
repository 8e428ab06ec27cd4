package dev.domicile.servlet;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A package of npm for scripts that {@code node} runs, fetched if it is not there. */
final class NodePackage {
  private static final Path FETCHED = Path.of("target", "npm").toAbsolutePath();

  private final String name;
  private final String version;
  private final @Nullable String modules = System.getProperty("domicile.test.node_modules");

  NodePackage(String name, String version) {
    this.name = name;
    this.version = version;
  }

  /** Whether there is a {@code node} that finds the package, now or after it was fetched. */
  boolean isAtHand() throws InterruptedException {
    return isFound() || (fetch() && isFound());
  }

  /** A process that runs the script. */
  ProcessBuilder node(String script) {
    ProcessBuilder node = new ProcessBuilder("node", "-e", script);
    String inherited = node.environment().get("NODE_PATH");
    String path = modules != null ? modules : FETCHED.resolve("node_modules").toString();
    node.environment()
        .put("NODE_PATH", inherited == null ? path : path + File.pathSeparator + inherited);
    return node;
  }

  private boolean isFound() throws InterruptedException {
    return succeeds(node("require.resolve('" + name + "')"));
  }

  private boolean fetch() throws InterruptedException {
    return succeeds(
        new ProcessBuilder(
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--ignore-scripts",
            "--prefix",
            FETCHED.toString(),
            name + "@" + version));
  }

  /** False too where there is no such program, or no network. */
  private static boolean succeeds(ProcessBuilder command) throws InterruptedException {
    try {
      Process process =
          command.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start();
      if (process.waitFor(1, TimeUnit.MINUTES)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    }
  }
}
