package dev.domicile.migrator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.domicile.migrator.Certificate.Comparison;
import dev.domicile.migrator.Certificate.Move;
import dev.domicile.migrator.Certificate.OldCopy;
import dev.domicile.migrator.state.History;
import dev.domicile.router.Route;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts a tenant's certificate together: routes and events say what was, the realms what is. */
final class Certificates {
  private final MigratorConfig config;
  private final History history;

  Certificates(MigratorConfig config, History history) {
    this.config = config;
    this.history = history;
  }

  /** Issues it. */
  Certificate issue(Route route, Verification found, Instant now, String actor) {
    List<Move> moves =
        history.migrations(route.tenant()).stream()
            .filter(migration -> migration.committedAt() != null)
            .filter(migration -> !migration.state().equals(MigrationState.ROLLED_BACK))
            .map(this::move)
            .toList();
    CopyComparison copies = found.copies();
    return new Certificate(
        route.tenant(),
        now,
        actor,
        route.realm(),
        route.since(),
        moves,
        found.realms(),
        copies == null || !copies.equal()
            ? null
            : new Comparison(now, copies.chunks(), copies.rows(), copies.digest()));
  }

  private Move move(Migration migration) {
    Instant committedAt = Objects.requireNonNull(migration.committedAt());
    return new Move(
        migration.id(),
        migration.source(),
        migration.target(),
        committedAt,
        history.last(migration, MigrationState.COMMITTED).map(History.Event::actor).orElse(""),
        migration.copies() ? copied(migration).orElse(null) : null,
        migration.copies() ? oldCopy(migration, committedAt) : null);
  }

  private Optional<Comparison> copied(Migration migration) {
    return history
        .last(migration, MigrationState.READY_TO_COMMIT)
        .map(
            event ->
                new Comparison(
                    event.at(),
                    event.detail().path("chunks").asLong(),
                    event.detail().path("rows").asLong(),
                    text(event.detail().path("digest"))));
  }

  private OldCopy oldCopy(Migration migration, Instant committedAt) {
    return history
        .last(migration, MigrationState.PURGED)
        .map(
            event ->
                new OldCopy(
                    null,
                    event.at(),
                    event.actor(),
                    event.detail().path("rowsDeleted").asLong(),
                    text(event.detail().path("digest")),
                    tables(event.detail().path("tables"))))
        .orElseGet(
            () ->
                new OldCopy(committedAt.plus(config.retention()), null, null, 0, null, List.of()));
  }

  private static List<RealmCheck.Holding> tables(JsonNode tables) {
    List<RealmCheck.Holding> holdings = new ArrayList<>();
    tables
        .properties()
        .forEach(
            entry ->
                holdings.add(new RealmCheck.Holding(entry.getKey(), entry.getValue().asLong())));
    return holdings;
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() ? node.asText() : null;
  }
}
