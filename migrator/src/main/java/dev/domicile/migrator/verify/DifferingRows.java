package dev.domicile.migrator.verify;

import dev.domicile.migrator.RowDifference;
import dev.domicile.migrator.RowDifference.Kind;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Names the rows of a range that differ. The rows are dealt by a hash of their keys into buckets,
 * whose digests both servers compute; a bucket that differs is dealt again, until its rows are few
 * enough to look at their keys and hashes. So no more than that ever travels, however many rows the
 * range holds.
 */
final class DifferingRows {
  private static final int BUCKET_BITS = 8;
  private static final int DEEPEST = 7;
  private static final int FEW = 1_000;

  private final RealmSession source;
  private final RealmSession target;
  private final TenantRows rows;
  private final TablePlan table;
  private final KeyRange range;

  DifferingRows(
      RealmSession source, RealmSession target, TenantRows rows, TablePlan table, KeyRange range) {
    this.source = source;
    this.target = target;
    this.rows = rows;
    this.table = table;
    this.range = range;
  }

  /** Finds that many at most. */
  List<RowDifference> find(int limit) {
    if (table.key().isEmpty()) {
      // Nothing tells its rows apart.
      return List.of(new RowDifference(table.name().toString(), Map.of(), Kind.CHANGED));
    }
    List<RowDifference> found = new ArrayList<>();
    find(new Bucket(0, 0), limit, found);
    return found;
  }

  private void find(Bucket bucket, int limit, List<RowDifference> found) {
    Map<Long, Digest> here = digests(source, rows.leaving(), bucket);
    Map<Long, Digest> there = digests(target, rows, bucket);
    TreeSet<Long> numbers = new TreeSet<>(here.keySet());
    numbers.addAll(there.keySet());
    for (long number : numbers) {
      Digest one = here.getOrDefault(number, Digest.NONE);
      Digest other = there.getOrDefault(number, Digest.NONE);
      if (found.size() < limit && !one.equals(other)) {
        Bucket next = bucket.next(number);
        if (Math.max(one.rows(), other.rows()) <= FEW || next.depth() == DEEPEST) {
          compare(next, limit, found);
        } else {
          find(next, limit, found);
        }
      }
    }
  }

  private Map<Long, Digest> digests(RealmSession session, TenantRows rows, Bucket bucket) {
    Map<Long, Digest> digests = new LinkedHashMap<>();
    session.query(
        """
        SELECT (k >> %d) & %d, count(*), coalesce(sum(h), 0) || ':' || coalesce(bit_xor(h), 0)
        FROM (SELECT %s AS k, %s AS h FROM %s WHERE %s) AS q WHERE %s GROUP BY 1
        """
            .formatted(
                bucket.depth() * BUCKET_BITS,
                (1 << BUCKET_BITS) - 1,
                keyHash(rows),
                rows.rowHash(),
                rows.from(),
                rows.where(range),
                bucket.condition()),
        row -> digests.put(row.getLong(1), new Digest(row.getLong(2), row.getString(3))));
    return digests;
  }

  private void compare(Bucket bucket, int limit, List<RowDifference> found) {
    Map<List<String>, Long> here = hashes(source, rows.leaving(), bucket);
    Map<List<String>, Long> there = hashes(target, rows, bucket);
    here.forEach(
        (key, hash) -> {
          Long other = there.get(key);
          if (other == null) {
            add(key, Kind.MISSING, limit, found);
          } else if (!Objects.equals(hash, other)) {
            add(key, Kind.CHANGED, limit, found);
          }
        });
    there.keySet().stream()
        .filter(key -> !here.containsKey(key))
        .forEach(key -> add(key, Kind.EXTRA, limit, found));
  }

  private Map<List<String>, Long> hashes(RealmSession session, TenantRows rows, Bucket bucket) {
    String keys =
        table.keyNames().stream()
            .map(name -> rows.columns(List.of(name)) + "::text")
            .collect(Collectors.joining(", "));
    Map<List<String>, Long> hashes = new LinkedHashMap<>();
    session.query(
        "SELECT h, keys FROM (SELECT %s AS k, %s AS h, ARRAY[%s] AS keys FROM %s WHERE %s) AS q WHERE %s"
            .formatted(
                keyHash(rows),
                rows.rowHash(),
                keys,
                rows.from(),
                rows.where(range),
                bucket.condition()),
        row -> hashes.put(List.of((String[]) row.getArray(2).getArray()), row.getLong(1)));
    return hashes;
  }

  private void add(List<String> key, Kind kind, int limit, List<RowDifference> found) {
    if (found.size() == limit) {
      return;
    }
    Map<String, String> named = new LinkedHashMap<>();
    for (int i = 0; i < key.size(); i++) {
      named.put(table.keyNames().get(i), key.get(i));
    }
    found.add(new RowDifference(table.name().toString(), named, kind));
  }

  private String keyHash(TenantRows rows) {
    return "hashtextextended(ROW(%s)::text COLLATE \"C\", 0)"
        .formatted(rows.columns(table.keyNames()));
  }

  /** Rows whose key's hash ends in certain bits: eight for each time that they were dealt. */
  private record Bucket(int depth, long bits) {
    Bucket next(long number) {
      return new Bucket(depth + 1, bits | (number << (depth * BUCKET_BITS)));
    }

    String condition() {
      return "k & %d = %d".formatted((1L << (depth * BUCKET_BITS)) - 1, bits);
    }
  }

  private record Digest(long rows, String digest) {
    static final Digest NONE = new Digest(0, "0:0");
  }
}
