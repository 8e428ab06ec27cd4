package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.Stride.Sequence;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Makes the sequences of all realms count in equal steps from different starts, so that no id is
 * handed out twice. All of them are locked while they are looked at and changed.
 */
final class Strides implements AutoCloseable {
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");

  private final TableRules rules;
  private final SortedMap<Realm, RealmSession> sessions = new TreeMap<>();
  private final Map<Realm, SortedMap<String, String>> names = new HashMap<>();

  /** Opens a session to each database, and reads which sequences there are. */
  Strides(MigratorConfig config) {
    this.rules = config.tables();
    Set<String> urls = new HashSet<>();
    try {
      new TreeMap<>(config.realms())
          .forEach(
              (realm, database) -> {
                if (urls.add(database.url())) {
                  RealmSession session = Realms.open(config, realm);
                  sessions.put(realm, session);
                  names.put(realm, names(session));
                }
              });
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Looks, and changes nothing. */
  Stride look() {
    List<Sequence> found = new ArrayList<>();
    sessions.forEach(
        (realm, session) ->
            namesOf(realm)
                .forEach((column, name) -> found.add(read(realm, session, column, name))));
    found.sort(Comparator.comparing(Sequence::column).thenComparing(Sequence::realm));
    return new Stride(found);
  }

  /**
   * Makes each sequence that does not yet count in these steps do so, from above the highest id
   * that any realm has handed out for the column.
   *
   * @throws InvalidRequest if there are more databases than steps, or a sequence has no room
   */
  Stride set(int step) {
    if (step < sessions.size()) {
      throw new InvalidRequest(
          "steps of "
              + step
              + " are too small for "
              + sessions.size()
              + " databases; give the number of realms that there will ever be");
    }
    return inTransactions(
        List.copyOf(sessions.values()),
        () -> {
          sessions.forEach(
              (realm, session) -> namesOf(realm).values().forEach(name -> lock(session, name)));
          look().sequences().stream()
              .collect(Collectors.groupingBy(Sequence::column))
              .values()
              .forEach(sequences -> set(sequences, step));
          return look();
        });
  }

  @Override
  public void close() {
    sessions.values().forEach(RealmSession::close);
  }

  private void set(List<Sequence> sequences, int step) {
    boolean inStep = sequences.stream().allMatch(s -> s.increment() == step);
    if (inStep && Stride.areDisjoint(sequences)) {
      return;
    }
    long highest = sequences.stream().mapToLong(Sequence::last).max().orElseThrow();
    Map<Realm, Long> starts = starts(sequences, step);
    for (Sequence sequence : sequences) {
      long start = Objects.requireNonNull(starts.get(sequence.realm()));
      long first = highest + 1 + Math.floorMod(start - highest - 1, step);
      if (first > sequence.max() - step) {
        throw new InvalidRequest(
            "sequence "
                + sequence.name()
                + " of "
                + sequence.realm()
                + " ends at "
                + sequence.max()
                + " and would have to go on from "
                + first
                + "; give the column a larger type first");
      }
      session(sequence)
          .execute(
              "ALTER SEQUENCE %s INCREMENT BY %d RESTART WITH %d"
                  .formatted(sequence.name(), step, first));
    }
  }

  /** A realm keeps its start where it can, so that one that is added changes no other. */
  private static Map<Realm, Long> starts(List<Sequence> sequences, int step) {
    Map<Realm, Long> starts = new HashMap<>();
    for (Sequence sequence : sequences) {
      long start = Math.floorMod(sequence.last(), step);
      if (sequence.increment() == step && !starts.containsValue(start)) {
        starts.put(sequence.realm(), start);
      }
    }
    for (Sequence sequence : sequences) {
      long start = 0;
      while (!starts.containsKey(sequence.realm()) && starts.containsValue(start)) {
        start++;
      }
      starts.putIfAbsent(sequence.realm(), start);
    }
    return starts;
  }

  /** The sequences of the tenants' tables, by the column that they feed. */
  private SortedMap<String, String> names(RealmSession session) {
    Set<TableName> shared =
        rules.shared().stream()
            .map(name -> TableName.parse(name, rules.schemas().get(0)))
            .collect(Collectors.toSet());
    SortedMap<String, String> names = new TreeMap<>();
    for (Table table : Catalog.read(session).tables()) {
      if (rules.schemas().contains(table.name().schema()) && !shared.contains(table.name())) {
        for (Column column : table.columns()) {
          if (column.sequence() != null && INTEGERS.contains(column.type())) {
            names.put(table.name() + "." + column.name(), column.sequence());
          }
        }
      }
    }
    return names;
  }

  private static Sequence read(Realm realm, RealmSession session, String column, String name) {
    return session
        .first(
            """
            SELECT s.last_value, p.seqincrement, p.seqmax
            FROM %s AS s, pg_sequence AS p WHERE p.seqrelid = %s::regclass
            """
                .formatted(name, Identifiers.literal(name)),
            row ->
                new Sequence(realm, column, name, row.getLong(2), row.getLong(1), row.getLong(3)))
        .orElseThrow();
  }

  /** Keeps others from drawing numbers: an ALTER takes the lock, even one that changes nothing. */
  private static void lock(RealmSession session, String name) {
    long cache =
        session.number(
            "SELECT seqcache FROM pg_sequence WHERE seqrelid = %s::regclass"
                .formatted(Identifiers.literal(name)));
    session.execute("ALTER SEQUENCE " + name + " CACHE " + cache);
  }

  private RealmSession session(Sequence sequence) {
    return Objects.requireNonNull(sessions.get(sequence.realm()));
  }

  private SortedMap<String, String> namesOf(Realm realm) {
    return Objects.requireNonNull(names.get(realm));
  }

  private static <T> T inTransactions(List<RealmSession> open, Supplier<T> work) {
    return open.isEmpty()
        ? work.get()
        : open.get(0).transaction(() -> inTransactions(open.subList(1, open.size()), work));
  }
}
