package dev.domicile.router;

import static dev.domicile.router.TwoRealms.A;
import static dev.domicile.router.TwoRealms.B;
import static dev.domicile.router.TwoRealms.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.TestDatabases;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring's transactions over the routing data source, set up as for any other data source. */
final class SpringTransactionsIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private JdbcTemplate jdbc;
  private TransactionTemplate transaction;
  private TransactionTemplate separate;

  @BeforeEach
  void open() {
    realms = new TwoRealms(databases);
    realms.execute("CREATE TABLE note (id bigint PRIMARY KEY, text text NOT NULL)");
    // Neither may ask for a connection when it is built: nobody is in scope.
    jdbc = new JdbcTemplate(realms.dataSource());
    JdbcTransactionManager manager = new JdbcTransactionManager(realms.dataSource());
    transaction = new TransactionTemplate(manager);
    separate = new TransactionTemplate(manager);
    separate.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  @AfterEach
  void close() {
    realms.close();
    assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
  }

  @Test
  void writesToTheRealmOfTheTenantInScope() {
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(status -> write(1, scope.tenant()));
    }
    try (TenantScope scope = TenantContext.open(B)) {
      transaction.executeWithoutResult(status -> write(1, scope.tenant()));
    }

    assertThat(realms.us.list("SELECT text FROM note")).containsExactly("tenant-a");
    assertThat(realms.eu.list("SELECT text FROM note")).containsExactly("tenant-b");
  }

  @Test
  void rollsBackTheWholeTransaction() {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThatThrownBy(
              () ->
                  transaction.executeWithoutResult(
                      status -> {
                        write(1, scope.tenant());
                        write(2, scope.tenant());
                        throw new IllegalArgumentException("on purpose");
                      }))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(count()).isZero();
    }
    assertThat(realms.us.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void usesOneConnectionForAllStatementsOfATransaction() {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThat(scope.tenant()).isEqualTo(A);
      transaction.executeWithoutResult(
          status -> assertThat(server()).isEqualTo(server()).startsWith(realms.us.name()));
    }
  }

  /** Spring wraps what the data source throws; the reason is the cause. */
  @Test
  void refusesWithoutATenant() {
    assertThatThrownBy(() -> transaction.executeWithoutResult(status -> write(1, A)))
        .isInstanceOf(CannotCreateTransactionException.class)
        .hasCauseInstanceOf(NoTenantException.class);
    assertThatThrownBy(this::count)
        .isInstanceOf(CannotGetJdbcConnectionException.class)
        .hasCauseInstanceOf(NoTenantException.class);
  }

  @Test
  void refusesATenantWithoutARoute() {
    try (TenantScope scope = TenantContext.open(new TenantId("nobody"))) {
      assertThatThrownBy(() -> transaction.executeWithoutResult(status -> write(1, scope.tenant())))
          .isInstanceOf(CannotCreateTransactionException.class)
          .hasCauseInstanceOf(UnknownTenantException.class);
    }
  }

  @Test
  void doesNotContinueTheTransactionOfOneTenantForAnother() {
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(
          status -> {
            write(1, scope.tenant());
            assertThatIllegalStateException().isThrownBy(() -> TenantContext.open(B));
            write(2, scope.tenant());
          });
    }
    try (TenantScope scope = TenantContext.open(B)) {
      transaction.executeWithoutResult(
          status -> {
            assertThat(server()).startsWith(realms.eu.name());
            write(3, scope.tenant());
          });
    }

    assertThat(realms.us.list("SELECT id FROM note ORDER BY id")).containsExactly("1", "2");
    assertThat(realms.eu.list("SELECT id FROM note ORDER BY id")).containsExactly("3");
  }

  @Test
  void aTaskOfAnotherTenantDoesNotJoinTheTransactionOfTheThreadThatRunsIt() {
    Runnable carried;
    try (TenantScope scope = TenantContext.open(B)) {
      carried = TenantContext.carry(() -> write(2, scope.tenant()));
    }
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(
          status -> {
            write(1, scope.tenant());
            // As a pool does whose callers run what it has no thread for.
            assertThatIllegalStateException()
                .isThrownBy(carried::run)
                .withMessageContaining("holds an open connection of tenant");
          });
      carried.run();
    }

    assertThat(realms.us.list("SELECT id FROM note")).containsExactly("1");
    assertThat(realms.eu.list("SELECT id FROM note")).containsExactly("2");
  }

  @Test
  void takesASecondConnectionInTheSameRealmForASeparateTransaction() {
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(
          status -> {
            write(1, scope.tenant());
            String first = server();
            separate.executeWithoutResult(
                inner -> {
                  assertThat(server()).isNotEqualTo(first).startsWith(realms.us.name());
                  assertThat(count()).isZero();
                  write(2, scope.tenant());
                });
            status.setRollbackOnly();
          });
    }

    assertThat(realms.us.list("SELECT id FROM note")).containsExactly("2");
    assertThat(realms.eu.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void isNotSplitByARouteThatChangesMeanwhile() {
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(
          status -> {
            write(1, scope.tenant());
            realms.move(A, EU);
            write(2, scope.tenant());
            separate.executeWithoutResult(inner -> write(3, scope.tenant()));
          });
      transaction.executeWithoutResult(status -> write(4, scope.tenant()));
    }
    try (TenantScope scope = TenantContext.open(A)) {
      transaction.executeWithoutResult(status -> write(5, scope.tenant()));
    }

    assertThat(realms.us.list("SELECT id FROM note ORDER BY id"))
        .containsExactly("1", "2", "3", "4");
    assertThat(realms.eu.list("SELECT id FROM note")).containsExactly("5");
  }

  private void write(long id, TenantId tenant) {
    jdbc.update("INSERT INTO note VALUES (?, ?)", id, tenant.clientKey());
  }

  private long count() {
    return value("SELECT count(*) FROM note", Long.class);
  }

  /** The database and the server process behind the connection. */
  private String server() {
    return value("SELECT current_database() || ' ' || pg_backend_pid()", String.class);
  }

  private <V> V value(String sql, Class<V> type) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, type));
  }
}
