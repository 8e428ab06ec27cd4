package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.plan.IdFamilies.Place;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.SequenceState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks of numbers in the target's sequences that the ids of a tenant are moved into. A block
 * begins past what the sequence has handed out, so that nobody has its numbers, and is taken out of
 * the sequence, so that nobody gets them. It has room for ids that the source hands out meanwhile.
 */
public final class IdBlocks {
  private static final Logger LOG = LoggerFactory.getLogger(IdBlocks.class);

  /** How many ids the source may hand out, to all tenants, until the tenant is switched over. */
  private static final Map<String, Long> ROOM =
      Map.of("smallint", 1_000L, "integer", 1_000_000L, "bigint", 1_000_000_000L);

  private static final Map<String, BigInteger> LARGEST =
      Map.of(
          "smallint", BigInteger.valueOf(Short.MAX_VALUE),
          "integer", BigInteger.valueOf(Integer.MAX_VALUE),
          "bigint", BigInteger.valueOf(Long.MAX_VALUE));

  private final RealmSession source;
  private final RealmSession target;
  private final Catalog sourceCatalog;
  private final Plan plan;
  private final List<Family> families = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();

  /** The blocks that a plan needs, over sessions outside any transaction. */
  public IdBlocks(RealmSession source, RealmSession target, Catalog sourceCatalog, Plan plan) {
    this.source = source;
    this.target = target;
    this.sourceCatalog = sourceCatalog;
    this.plan = plan;
    IdFamilies all = new IdFamilies(plan);
    Set<Place> seen = new TreeSet<>();
    for (TablePlan table : plan.tables()) {
      for (PlannedColumn column : table.columns()) {
        Place place = new Place(table.name(), column.name());
        if (column.offset() != null && !seen.contains(place)) {
          Set<Place> family = all.of(place);
          seen.addAll(family);
          families.add(new Family(family));
        }
      }
    }
  }

  /** What stands against the blocks that were looked at or reserved. */
  public List<Finding> findings() {
    return findings;
  }

  /** For how many new ids each block has room. */
  public List<Finding> rooms() {
    return families.stream().map(Family::sizeOfRoom).toList();
  }

  /**
   * The plan with offsets that it might get; reserves nothing. They are a little larger than those
   * that it would get now, so that who draws ids meanwhile is not in the way.
   */
  public Plan look() {
    return with((family, ids) -> family.block(ids).offset() + family.margin());
  }

  /**
   * The plan with offsets whose ids nobody else gets any more. Where one is refused, see {@link
   * #findings()}, its block is left where it is.
   */
  public Plan reserve() {
    return with(
        (family, ids) ->
            target.transaction(
                () -> {
                  family.sequences().forEach(this::lock);
                  Block block = family.block(ids);
                  if (family.problem(block).isEmpty()) {
                    family.sequences().forEach(sequence -> take(sequence, block));
                  }
                  return block.offset();
                }));
  }

  private Plan with(BiFunction<Family, Ids, Long> offsetOf) {
    Map<Place, Long> offsets = new HashMap<>();
    for (Family family : families) {
      long offset = offsetOf.apply(family, family.ids());
      family.places().forEach(place -> offsets.put(place, offset));
    }
    return plan.withOffsets((table, column) -> offsets.get(new Place(table.name(), column.name())));
  }

  private void lock(String sequence) {
    if (!SequenceState.lock(target, sequence)) {
      LOG.warn(
          "Ids of sequence {} are reserved without a lock, since it belongs to another role",
          sequence);
    }
  }

  private void take(String sequence, Block block) {
    long value = SequenceState.read(target, sequence).valueAtOrPast(block.last(), 0);
    target.execute("SELECT setval(%s, %d)".formatted(Identifiers.literal(sequence), value));
  }

  /** The lowest id of the tenant, and the highest that the source has handed out. */
  private record Ids(BigInteger lowest, BigInteger highest) {}

  /** What is added to each id, and the last number that is reserved. */
  private record Block(BigInteger exactOffset, BigInteger exactLast) {
    long offset() {
      return exactOffset.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue();
    }

    long last() {
      return exactLast.longValueExact();
    }
  }

  /** Columns that get one offset. */
  private final class Family {
    private final Set<Place> places;

    Family(Set<Place> places) {
      this.places = places;
    }

    Set<Place> places() {
      return places;
    }

    /** The target's sequences that feed them, always locked in this order. */
    List<String> sequences() {
      return places.stream()
          .map(place -> planned(place).sequence())
          .flatMap(Stream::ofNullable)
          .distinct()
          .sorted()
          .toList();
    }

    Ids ids() {
      @Nullable BigInteger lowest = null;
      BigInteger highest = BigInteger.ZERO;
      for (Place place : origins()) {
        TenantRows rows = new TenantRows(plan, plan.table(place.table()));
        String column = Identifiers.quote(place.column());
        List<Ids> own =
            source.query(
                "SELECT * FROM (SELECT min(t.%1$s) AS a, max(t.%1$s) FROM %2$s WHERE %3$s) AS q WHERE a IS NOT NULL"
                    .formatted(column, rows.from(), rows.where()),
                row ->
                    new Ids(
                        BigInteger.valueOf(row.getLong(1)), BigInteger.valueOf(row.getLong(2))));
        for (Ids ids : own) {
          lowest = lowest == null ? ids.lowest() : lowest.min(ids.lowest());
          highest = highest.max(ids.highest());
        }
        Optional<Long> handedOut =
            sourceCatalog
                .table(place.table())
                .flatMap(table -> table.column(place.column()))
                .map(Column::sequence)
                .map(sequence -> SequenceState.read(source, sequence).last());
        highest = highest.max(BigInteger.valueOf(handedOut.orElse(0L)));
      }
      return new Ids(lowest == null ? highest : lowest, highest);
    }

    /** The columns that ids come from: those that refer to no other. */
    private List<Place> origins() {
      List<Place> origins =
          places.stream()
              .filter(
                  place ->
                      plan.table(place.table()).references().stream()
                          .noneMatch(key -> key.columns().contains(place.column())))
              .toList();
      return origins.isEmpty() ? List.copyOf(places) : origins;
    }

    /** The block that begins where the sequences are now. */
    Block block(Ids ids) {
      BigInteger handedOut = BigInteger.ZERO;
      for (String sequence : sequences()) {
        long last = SequenceState.read(target, sequence).last();
        handedOut = handedOut.max(BigInteger.valueOf(last));
      }
      BigInteger offset = handedOut.subtract(ids.lowest()).add(BigInteger.ONE).max(BigInteger.ONE);
      Block block = new Block(offset, ids.highest().add(offset).add(BigInteger.valueOf(room())));
      problem(block).ifPresent(findings::add);
      return block;
    }

    /** What stands against the block, if anything does. */
    Optional<Finding> problem(Block block) {
      Stream<Finding> types =
          places.stream()
              .filter(place -> block.exactLast().compareTo(largest(planned(place).type())) > 0)
              .map(
                  place -> overflow(place.toString(), "past the largest " + planned(place).type()));
      return Stream.concat(types, sequences().stream().flatMap(name -> problem(name, block)))
          .findFirst();
    }

    private Stream<Finding> problem(String sequence, Block block) {
      SequenceState state = SequenceState.read(target, sequence);
      if (state.increment() < 0) {
        return Stream.of(
            Finding.error(
                "id-offset",
                sequence,
                "counts down in " + plan.target() + ", so that no ids can be reserved in it",
                "set its column to preserve in tables.ids"));
      }
      BigInteger next = block.exactLast().add(BigInteger.valueOf(state.increment()));
      return next.compareTo(BigInteger.valueOf(state.max())) > 0
          ? Stream.of(overflow(sequence, "past its largest number"))
          : Stream.empty();
    }

    private Finding overflow(String subject, String where) {
      return Finding.error(
          "offset-overflow",
          subject,
          "would get ids " + where + " in " + plan.target() + ", moved by an offset",
          "make the column, those that refer to it and the sequence bigint in both realms, or set"
              + " it to preserve in tables.ids");
    }

    Finding sizeOfRoom() {
      return Finding.note(
          "offset-room",
          origins().get(0).toString(),
          String.format(
              Locale.ROOT,
              "is moved by an offset into a block with room for %,d new ids, all that %s hands out"
                  + " from the start to the switch",
              room(),
              plan.source()),
          "make the way from start to commit shorter if those of all tenants might be more");
    }

    /** A part of the room, so that what fits with it fits. */
    long margin() {
      return room() / 10;
    }

    private long room() {
      return places.stream()
          .mapToLong(place -> ROOM.getOrDefault(planned(place).type(), 0L))
          .min()
          .orElse(0);
    }

    private PlannedColumn planned(Place place) {
      return plan.table(place.table()).columns().stream()
          .filter(column -> column.name().equals(place.column()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static BigInteger largest(String type) {
    return LARGEST.getOrDefault(type, BigInteger.ZERO);
  }
}
