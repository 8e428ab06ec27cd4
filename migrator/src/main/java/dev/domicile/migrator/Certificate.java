package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a tenant's data is and since when, by which moves it came there, and what became of the
 * copies that it left; as the databases said when it was issued.
 *
 * @param tenant the tenant
 * @param issuedAt when this was looked up
 * @param issuedBy who asked
 * @param home the realm that the tenant's route leads to
 * @param since since when
 * @param moves the tenant's moves that were committed, oldest first
 * @param realms what each configured realm held of the tenant at that time, the home first
 * @param lastVerification the last complete comparison of the two copies of the last move, or null
 */
public record Certificate(
    TenantId tenant,
    Instant issuedAt,
    String issuedBy,
    Realm home,
    Instant since,
    List<Move> moves,
    List<RealmCheck> realms,
    @Nullable Comparison lastVerification) {

  /**
   * A move that was committed.
   *
   * @param migration its number
   * @param from the realm that the tenant left
   * @param to the realm that it came to
   * @param committedAt when the route was switched
   * @param committedBy who did it
   * @param copied what was copied and compared, or null if both realms have one database
   * @param oldCopy what became of the copy in the realm that the tenant left, or null if there is
   *     none
   */
  public record Move(
      long migration,
      Realm from,
      Realm to,
      Instant committedAt,
      String committedBy,
      @Nullable Comparison copied,
      @Nullable OldCopy oldCopy) {}

  /**
   * Rows of both realms that were found equal by digests that the servers computed.
   *
   * @param at when the last of them was
   * @param chunks in how many chunks
   * @param rows how many
   * @param digest of all of them, or null if it was not kept
   */
  public record Comparison(Instant at, long chunks, long rows, @Nullable String digest) {}

  /**
   * The copy in the realm that a tenant left.
   *
   * @param keptUntil until when it is kept at least, or null if it is gone
   * @param purgedAt when the last of it was deleted, or null if it was not
   * @param purgedBy who did it, or null
   * @param rows how many rows were deleted
   * @param digest of the deleted rows, or null; the same as that of the copy if nothing changed in
   *     between
   * @param tables how many rows of each table
   */
  public record OldCopy(
      @Nullable Instant keptUntil,
      @Nullable Instant purgedAt,
      @Nullable String purgedBy,
      long rows,
      @Nullable String digest,
      List<RealmCheck.Holding> tables) {}

  /**
   * Whether every realm could be looked at, and no other one holds rows that nobody accounts for.
   */
  @JsonProperty
  public boolean clean() {
    return realms.stream()
        .map(RealmCheck::state)
        .noneMatch(
            state -> state == RealmCheck.State.REMNANTS || state == RealmCheck.State.UNCHECKED);
  }

  /** The certificate as a page of HTML that needs nothing else. */
  public String page() {
    return new CertificatePage(this).html();
  }
}
