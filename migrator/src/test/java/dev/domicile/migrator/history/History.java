package dev.domicile.migrator.history;

import dev.domicile.testkit.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What all sessions have tried and were told, held against what the databases have in the end. */
final class History {
  private final Map<String, Kind> kinds = new HashMap<>();
  private final Map<String, String> ends = new HashMap<>();
  private final Map<String, String> erasedBy = new HashMap<>();
  private final Map<String, Long> refusals = new TreeMap<>();

  /** Reads the records; the writers have ended. */
  static History read(Path folder) throws IOException {
    History history = new History();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          history.take(line.split(" ", -1));
        }
      }
    }
    return history;
  }

  private void take(String[] words) {
    String mark = words[1];
    if (words[0].equals(Notes.TRIES)) {
      kinds.put(mark, Kind.valueOf(words[2]));
      if (!words[3].equals("-")) {
        erasedBy.put(words[3], mark);
      }
    } else {
      // What was told first counts: a session may fail once more when it ends.
      ends.putIfAbsent(mark, words[0]);
      if (words[0].equals(Notes.NO)) {
        refusals.merge(words[2], 1L, Long::sum);
      }
    }
  }

  long acknowledged() {
    return ends.values().stream().filter(Notes.OK::equals).count();
  }

  @Override
  public String toString() {
    long unknown = (long) kinds.size() - ends.size();
    unknown += ends.values().stream().filter(Notes.UNKNOWN::equals).count();
    return "%d transactions, %d acknowledged, %d unknown, refused by SQLSTATE: %s"
        .formatted(kinds.size(), acknowledged(), unknown, refusals);
  }

  /**
   * What is wrong.
   *
   * @param home where the tenant lives in the end
   * @param other where it does not; an old copy may be left there
   */
  List<String> violations(Database home, Database other) {
    List<String> found = new ArrayList<>();
    // The other realm first: at home, things only come later.
    Set<String> elsewhere = new HashSet<>(HistoryApp.marks(other));
    List<String> marks = HistoryApp.marks(home);
    Set<String> present = new HashSet<>(marks);
    if (marks.size() != present.size()) {
      found.add((marks.size() - present.size()) + " marks are there twice");
    }
    for (String mark : kinds.keySet()) {
      boolean there = present.contains(mark);
      switch (fate(mark)) {
        case PRESENT -> {
          if (!there) {
            found.add("lost: " + describe(mark, elsewhere));
          }
        }
        case ABSENT -> {
          if (there) {
            found.add("there against its word: " + describe(mark, elsewhere));
          }
        }
        case EITHER -> {
          if (!there && elsewhere.contains(mark) && !erasedBy.containsKey(mark)) {
            found.add("in the wrong realm: " + describe(mark, elsewhere));
          }
        }
      }
    }
    elsewhere.stream()
        .filter(mark -> !present.contains(mark) && fate(mark) == Fate.ABSENT)
        .filter(mark -> !erasedBy.containsKey(mark))
        .forEach(mark -> found.add("refused, but written: " + describe(mark, elsewhere)));
    checkCounters(home, present, found);
    checkMoney(home, found);
    return found;
  }

  private enum Fate {
    PRESENT,
    ABSENT,
    EITHER
  }

  private Fate fate(String mark) {
    String end = ends.getOrDefault(mark, Notes.UNKNOWN);
    String eraser = erasedBy.get(mark);
    String erased = eraser == null ? Notes.NO : ends.getOrDefault(eraser, Notes.UNKNOWN);
    if (end.equals(Notes.NO) || erased.equals(Notes.OK)) {
      return Fate.ABSENT;
    }
    return end.equals(Notes.UNKNOWN) || erased.equals(Notes.UNKNOWN) ? Fate.EITHER : Fate.PRESENT;
  }

  private String describe(String mark, Set<String> elsewhere) {
    return mark
        + " ("
        + kinds.get(mark)
        + ", "
        + ends.getOrDefault(mark, Notes.UNKNOWN)
        + (elsewhere.contains(mark) ? ", it is in the other realm)" : ")");
  }

  /** A counter and its token are one transaction, so their numbers agree whatever was told. */
  private void checkCounters(Database home, Set<String> present, List<String> found) {
    Map<String, Long> counted = new HashMap<>();
    kinds.forEach(
        (mark, kind) -> {
          boolean counts = present.contains(mark) || wasThere(mark);
          if (kind == Kind.COUNT && counts) {
            counted.merge(writer(mark), 1L, Long::sum);
          }
        });
    for (String row :
        home.list(
            "SELECT writer || ' ' || value FROM counter WHERE client_key = '"
                + HistoryApp.TENANT
                + "'")) {
      String writer = row.substring(0, row.indexOf(' '));
      long value = Long.parseLong(row.substring(row.indexOf(' ') + 1));
      long expected = counted.getOrDefault(writer, 0L);
      if (value != expected) {
        found.add("counter of " + writer + " is " + value + ", expected " + expected);
      }
    }
  }

  /** Erased later, which only an acknowledged token is. */
  private boolean wasThere(String mark) {
    return erasedBy.containsKey(mark);
  }

  private static String writer(String mark) {
    return mark.substring(0, mark.lastIndexOf('-'));
  }

  private static void checkMoney(Database home, List<String> found) {
    long money =
        home.number(
            "SELECT coalesce(sum(balance), 0) FROM account WHERE client_key = '"
                + HistoryApp.TENANT
                + "'");
    if (money != HistoryApp.ACCOUNTS * HistoryApp.MONEY) {
      found.add("the accounts hold " + money + " together");
    }
  }
}
