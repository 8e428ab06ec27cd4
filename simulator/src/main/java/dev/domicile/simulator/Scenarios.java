package dev.domicile.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All scenarios, in the order in which they are played. */
final class Scenarios {
  private Scenarios() {}

  static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    all.add(AnswerScenarios.descriptor());
    all.addAll(MigrationScenarios.all());
    all.addAll(LiveScenarios.all());
    all.addAll(DisturbanceScenarios.all());
    all.addAll(RefusalScenarios.all());
    all.addAll(AnswerScenarios.all());
    return all;
  }

  /**
   * Those of that name.
   *
   * @param wanted names, or beginnings of names that end with {@code *}; all if empty
   * @param unwanted the same, to leave out
   */
  static List<Scenario> chosen(Set<String> wanted, Set<String> unwanted) {
    Map<String, Scenario> byName = new LinkedHashMap<>();
    all().forEach(scenario -> byName.put(scenario.name(), scenario));
    for (Set<String> patterns : List.of(wanted, unwanted)) {
      for (String pattern : patterns) {
        if (byName.keySet().stream().noneMatch(name -> matches(pattern, name))) {
          throw new RehearsalException(
              ExitCode.USAGE, "there is no scenario '" + pattern + "'; --list names them");
        }
      }
    }
    return byName.values().stream()
        .filter(s -> wanted.isEmpty() || wanted.stream().anyMatch(p -> matches(p, s.name())))
        .filter(s -> unwanted.stream().noneMatch(p -> matches(p, s.name())))
        .toList();
  }

  private static boolean matches(String pattern, String name) {
    return pattern.endsWith("*")
        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }
}
