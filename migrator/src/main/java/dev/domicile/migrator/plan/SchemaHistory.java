package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What Flyway has applied to one schema of one database, as its history table tells. */
final class SchemaHistory {
  private static final Pattern NUMBERS = Pattern.compile("\\d+([._]\\d+)*");
  // 1.10 is later than 1.9, and 1.0 is 1.
  private static final Comparator<String> BY_NUMBERS = SchemaHistory::compareVersions;
  private static final String SQL =
      """
      SELECT version, description, type, checksum, success FROM %s ORDER BY installed_rank
      """;

  private final TreeMap<String, String> versions = new TreeMap<>(BY_NUMBERS);
  private final TreeMap<String, String> repeatables = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();
  private @Nullable String baseline;

  private SchemaHistory() {}

  static SchemaHistory read(RealmSession session, TableName table) {
    SchemaHistory history = new SchemaHistory();
    session.query(SQL.formatted(table.sql()), history::add);
    return history;
  }

  /** Scripts that have failed and were not repaired. */
  List<String> failed() {
    return failed;
  }

  /** The scripts of the other history that are missing in this one. */
  List<String> missing(SchemaHistory other) {
    return both(other, (mine, its) -> mine == null);
  }

  /** The scripts of both histories that were not the same when they were applied. */
  List<String> differing(SchemaHistory other) {
    return both(other, (mine, its) -> mine != null && !mine.equals(its));
  }

  private boolean add(ResultSet row) throws SQLException {
    String version = row.getString("version");
    String description = row.getString("description");
    String type = row.getString("type");
    TreeMap<String, String> scripts = version == null ? repeatables : versions;
    String name = version == null ? description : version;
    if (!row.getBoolean("success")) {
      return failed.add(label(version == null, name));
    }
    if (type.equals("DELETE") || type.startsWith("UNDO")) {
      scripts.remove(name);
    } else if (!type.equals("SCHEMA")) {
      scripts.put(name, String.valueOf(row.getString("checksum")));
      if (version != null && type.contains("BASELINE")) {
        baseline = version;
      }
    }
    return true;
  }

  /** A baseline stands for all versions up to its own, of which no script was run. */
  private List<String> both(SchemaHistory other, Difference difference) {
    Optional<String> base =
        Stream.of(Optional.ofNullable(baseline), Optional.ofNullable(other.baseline))
            .flatMap(Optional::stream)
            .max(BY_NUMBERS);
    Stream<String> below =
        base
            .filter(version -> difference.test(reached(version) ? version : null, version))
            .stream();
    Stream<String> above =
        base
            .map(version -> other.versions.tailMap(version, false))
            .orElse(other.versions)
            .entrySet()
            .stream()
            .filter(script -> difference.test(versions.get(script.getKey()), script.getValue()))
            .map(script -> label(false, script.getKey()));
    Stream<String> repeated =
        other.repeatables.entrySet().stream()
            .filter(script -> difference.test(repeatables.get(script.getKey()), script.getValue()))
            .map(script -> label(true, script.getKey()));
    return Stream.of(below.map(version -> label(false, version)), above, repeated)
        .flatMap(scripts -> scripts)
        .toList();
  }

  private boolean reached(String version) {
    return !versions.isEmpty() && BY_NUMBERS.compare(versions.lastKey(), version) >= 0;
  }

  private static String label(boolean repeatable, String name) {
    return repeatable ? "repeatable '" + name + "'" : "version " + name;
  }

  private static int compareVersions(String left, String right) {
    if (!NUMBERS.matcher(left).matches() || !NUMBERS.matcher(right).matches()) {
      return left.compareTo(right);
    }
    List<BigInteger> lefts = numbers(left);
    List<BigInteger> rights = numbers(right);
    return IntStream.range(0, Math.max(lefts.size(), rights.size()))
        .map(i -> part(lefts, i).compareTo(part(rights, i)))
        .filter(order -> order != 0)
        .findFirst()
        .orElse(0);
  }

  private static List<BigInteger> numbers(String version) {
    return Pattern.compile("[._]").splitAsStream(version).map(BigInteger::new).toList();
  }

  private static BigInteger part(List<BigInteger> numbers, int index) {
    return index < numbers.size() ? numbers.get(index) : BigInteger.ZERO;
  }

  /** Compares the checksum here, null where the script is missing, with the one there. */
  @FunctionalInterface
  private interface Difference {
    boolean test(@Nullable String mine, String its);
  }
}
