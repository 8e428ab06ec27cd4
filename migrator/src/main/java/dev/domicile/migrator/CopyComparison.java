package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.domicile.router.Realm;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a tenant in two realms, compared chunk by chunk.
 *
 * @param migration the number of the migration that made the copy
 * @param source the realm that the rows came from
 * @param target the realm that they were copied to
 * @param startedAt when the comparison was begun, which may have been by an earlier call
 * @param chunks how many chunks were compared
 * @param chunksPlanned how many there are; more than were compared while the copy is not complete
 * @param rows how many rows the source holds in them
 * @param differingChunks how many chunks hold a row that is not the same in both
 * @param digest of all rows, or null if they differ; that of the copy and of the purge of the same
 *     rows is the same
 * @param differences the rows that are not the same, up to a number that the caller chose
 * @param more whether there are more such rows
 */
public record CopyComparison(
    long migration,
    Realm source,
    Realm target,
    Instant startedAt,
    int chunks,
    int chunksPlanned,
    long rows,
    int differingChunks,
    @Nullable String digest,
    List<RowDifference> differences,
    boolean more) {

  /** Whether both realms hold the same rows. */
  @JsonProperty
  public boolean equal() {
    return differingChunks == 0;
  }
}
