package dev.domicile.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tlc2.TLC;

/**
 * One run of the model checker TLC, in a JVM of its own.
 *
 * @param module the module of {@code src/main/tla}
 * @param scope the constants that bound the model, as the configuration has them
 * @param fault what is left out of the design, or "none"
 * @param behaviour the initial state and the steps
 * @param properties what must hold
 */
record Check(String module, String scope, String fault, String behaviour, List<String> properties) {
  static final boolean LARGE = System.getProperty("domicile.test.model", "small").equals("large");

  private static final String STEPS = "INIT Init\nNEXT Next\n";
  private static final Path MODULES = Path.of("src/main/tla");
  private static final long LIMIT_MINUTES = LARGE ? 60 : 8;

  /** Looks at all states, in the order of their distance from the first. */
  static Check of(String module, String scope, String... properties) {
    return new Check(module, scope, "none", STEPS, List.of(properties));
  }

  Check with(String left) {
    return new Check(module, scope, left, behaviour, properties);
  }

  /** The same up to a change of names: a quarter of the states, but nothing is said of the end. */
  Check upToSymmetry() {
    return new Check(module, scope, fault, STEPS + "SYMMETRY Symmetry\n", properties);
  }

  /** With fair steps, so that something can be said of the end. */
  Check fair() {
    return new Check(module, scope, fault, "SPECIFICATION Spec\n", properties);
  }

  /** Fails, with the shortest way there, if a property does not hold. */
  void holds() {
    String output = run();
    assertThat(output).contains("Model checking completed. No error has been found.");
    output
        .lines()
        .filter(line -> line.matches("[0-9]+ states generated.*"))
        .forEach(line -> System.out.println(module + " " + scope.replace('\n', ' ') + ": " + line));
  }

  /** Fails if no way is found on which the only property does not hold. */
  void isViolated() {
    assertThat(run())
        .as("%s without %s", module, fault)
        .containsPattern(
            "(Invariant|Action property) %s is violated|Temporal properties were violated"
                .formatted(properties.get(0)));
  }

  private String run() {
    try {
      Path folder = Files.createDirectories(Path.of("target/tlc"));
      folder = Files.createTempDirectory(folder, module + "-" + fault + "-");
      Files.copy(MODULES.resolve(module + ".tla"), folder.resolve(module + ".tla"));
      Files.writeString(folder.resolve(module + ".cfg"), configuration());
      Path output = folder.resolve("output.txt");
      Process checker =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  LARGE ? "-Xmx4g" : "-Xmx1g",
                  // Most runs are over in seconds.
                  LARGE ? "-XX:+TieredCompilation" : "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  jar(),
                  TLC.class.getName(),
                  "-workers",
                  "1",
                  "-cleanup",
                  module)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!checker.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        checker.destroyForcibly().waitFor();
        throw new AssertionError("no answer in " + LIMIT_MINUTES + " minutes, see " + output);
      }
      return Files.readString(output);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String jar() {
    try {
      return Path.of(TLC.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private String configuration() {
    StringBuilder text = new StringBuilder(behaviour);
    text.append("CHECK_DEADLOCK FALSE\nCONSTANTS\n").append(scope).append('\n');
    text.append("Fault = \"").append(fault).append("\"\n");
    for (String property : properties) {
      boolean temporal = CutoverModelTest.TEMPORAL.contains(property);
      text.append(temporal ? "PROPERTY " : "INVARIANT ").append(property).append('\n');
    }
    return text.toString();
  }
}
