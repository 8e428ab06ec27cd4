package dev.domicile.migrator.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which chunks go together. */
final class UnitsTest {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final CopySettings SETTINGS = CopySettings.DEFAULT;
  private static final long SMALL_BYTES = SETTINGS.chunkBytes() / Workers.TOGETHER;
  private static final long SMALL_ROWS = SETTINGS.chunkRows() / Workers.TOGETHER;

  @Test
  void loseNoneAndStayWithinTheirBounds() {
    System.out.printf("Seed: %d%n", SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < 500; round++) {
      List<List<Chunk>> units = units(random);

      List<List<Chunk>> joined = Units.joined(units, SETTINGS);

      assertThat(joined.stream().flatMap(List::stream))
          .containsExactlyInAnyOrderElementsOf(units.stream().flatMap(List::stream).toList());
      List<List<Chunk>> circles = units.stream().filter(unit -> unit.size() > 1).toList();
      assertThat(joined).containsAll(circles).doesNotContain(List.of());
      for (List<Chunk> unit : joined) {
        if (unit.size() > 1 && !circles.contains(unit)) {
          assertThat(unit).hasSizeLessThanOrEqualTo(Workers.TOGETHER);
          assertThat(unit.stream().mapToLong(Chunk::bytes).sum()).isLessThanOrEqualTo(SMALL_BYTES);
          assertThat(unit.stream().mapToLong(Chunk::rows).sum()).isLessThanOrEqualTo(SMALL_ROWS);
        }
      }
    }
  }

  @Test
  void leaveEachJobItsShare() {
    List<List<Chunk>> units = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      units.add(List.of(chunk(i, 1, 100)));
    }

    assertThat(Units.joined(units, SETTINGS.withJobs(2))).hasSize(2);
    assertThat(Units.joined(units, SETTINGS.withJobs(10))).isEqualTo(units);
    assertThat(Units.joined(units, SETTINGS.withJobs(64))).isEqualTo(units);
  }

  /** One chunk each, large and small, and now and then those of a circle. */
  private static List<List<Chunk>> units(Random random) {
    List<List<Chunk>> units = new ArrayList<>();
    int count = random.nextInt(60);
    for (int i = 0; i < count; i++) {
      int many = random.nextInt(8) == 0 ? 2 + random.nextInt(3) : 1;
      List<Chunk> unit = new ArrayList<>();
      for (int k = 0; k < many; k++) {
        boolean large = random.nextInt(4) == 0;
        unit.add(
            chunk(
                10 * i + k,
                random.nextLong(large ? 3 * SMALL_ROWS : SMALL_ROWS / 5),
                random.nextLong(large ? 3 * SMALL_BYTES : SMALL_BYTES / 5)));
      }
      units.add(unit);
    }
    return units;
  }

  private static Chunk chunk(int table, long rows, long bytes) {
    return new Chunk(new TableName("public", "item_" + table), 0, KeyRange.ALL, rows, bytes);
  }
}
