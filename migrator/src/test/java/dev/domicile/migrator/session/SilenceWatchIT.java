package dev.domicile.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever waits for a server that answers nothing is freed, and nobody else. */
final class SilenceWatchIT {
  private static final Duration EVERY = Duration.ofMillis(200);

  private static final ExecutorService THREADS = Executors.newCachedThreadPool();
  private static EmbeddedServer server;
  private static DatabaseConfig config;

  @BeforeAll
  static void start() {
    server = EmbeddedServer.start();
    Database database = server.createDatabase("silent");
    config =
        new DatabaseConfig(
            database.url(),
            database.user(),
            database.password(),
            new PoolConfig(1, Duration.ofSeconds(1)));
  }

  @AfterAll
  static void stop() {
    THREADS.shutdownNow();
    server.close();
  }

  @Test
  void aStatementOfAServerThatFallsSilentIsGivenUp() throws Exception {
    try (RealmSession session = RealmSession.open("realms.EU", config, EVERY)) {
      Callable<Long> statement = () -> session.execute("SELECT pg_sleep(600)");
      Future<Long> waiting = THREADS.submit(statement);
      server.pause();
      try {
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
            .hasCauseInstanceOf(DatabaseUnavailable.class)
            .hasMessageContaining("realms.EU went away");
      } finally {
        server.resume();
      }
    }
  }

  @Test
  void aStatementThatTakesLongIsNot() {
    try (RealmSession session = RealmSession.open("realms.EU", config, EVERY)) {
      assertThat(session.number("SELECT 1 FROM pg_sleep(2)")).isEqualTo(1);
    }
  }

  @Test
  void aServerThatRefusesMoreConnectionsAnswers() {
    server.admin().execute("ALTER DATABASE silent CONNECTION LIMIT 1");
    try (RealmSession session = RealmSession.open("realms.EU", config, EVERY)) {
      assertThat(session.number("SELECT 1 FROM pg_sleep(2)")).isEqualTo(1);
    } finally {
      server.admin().execute("ALTER DATABASE silent CONNECTION LIMIT -1");
    }
  }
}
