package dev.domicile.migrator;

import dev.domicile.router.Realm;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How the realms' sequences hand out ids.
 *
 * @param sequences each sequence that feeds a column of a tenant's table, by column and realm; of
 *     realms that share a database the first by name
 */
public record Stride(List<Sequence> sequences) {

  /**
   * A sequence of one realm.
   *
   * @param realm the realm
   * @param column the table and the column that it feeds
   * @param name its name, quoted
   * @param increment the difference between two ids that follow each other
   * @param last the last id that it has handed out, or the first if it has handed out none
   * @param max the highest id that it can hand out
   */
  public record Sequence(
      Realm realm, String column, String name, long increment, long last, long max) {

    /** Whether no id that this one hands out from now on is one that the other hands out. */
    boolean isDisjointFrom(Sequence other) {
      BigInteger common = BigInteger.valueOf(increment).gcd(BigInteger.valueOf(other.increment));
      BigInteger apart = BigInteger.valueOf(last).subtract(BigInteger.valueOf(other.last));
      return apart.mod(common).signum() != 0;
    }
  }

  /** Fixes the list. */
  public Stride {
    sequences = List.copyOf(sequences);
  }

  /** The columns for which two realms may hand out the same id from now on. */
  public List<String> overlapping() {
    return sequences.stream().collect(Collectors.groupingBy(Sequence::column)).entrySet().stream()
        .filter(of -> !areDisjoint(of.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  static boolean areDisjoint(List<Sequence> sequences) {
    for (int i = 0; i < sequences.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!sequences.get(i).isDisjointFrom(sequences.get(j))) {
          return false;
        }
      }
    }
    return true;
  }
}
