package dev.domicile.migrator.state;

import dev.domicile.migrator.session.Failures;
import dev.domicile.router.DatabaseConfig;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.SQLDialect;
import org.jooq.TransactionContext;
import org.jooq.TransactionProvider;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;
import org.jooq.impl.DefaultTransactionProvider;

/** Opens the control database for jOOQ, with errors that name it. */
public final class ControlDatabase {
  private ControlDatabase() {}

  /** A context that takes a new connection for each statement or transaction. */
  public static DSLContext open(DatabaseConfig config) {
    return over(config, config.unpooled("domicile-migrator"));
  }

  /**
   * A context that takes its connections from elsewhere, such as a pool.
   *
   * @param config what errors name
   */
  public static DSLContext over(DatabaseConfig config, DataSource source) {
    ConnectionProvider connections = new Connections(config, source);
    return DSL.using(
        new DefaultConfiguration()
            .set(SQLDialect.POSTGRES)
            .set(connections)
            .set(new Transactions(new DefaultTransactionProvider(connections)))
            .set(new ClearErrors()));
  }

  private record Connections(DatabaseConfig config, DataSource source)
      implements ConnectionProvider {
    @Override
    @SuppressWarnings("MustBeClosedChecker")
    public Connection acquire() {
      try {
        return source.getConnection();
      } catch (SQLException e) {
        throw Failures.unavailable("control", config, e);
      }
    }

    @Override
    public void release(Connection connection) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw Failures.statement("control", e);
      }
    }
  }

  /** No statement of ours is being executed where a transaction begins or ends. */
  private record Transactions(TransactionProvider provider) implements TransactionProvider {
    @Override
    public void begin(TransactionContext context) {
      clear(() -> provider.begin(context));
    }

    @Override
    public void commit(TransactionContext context) {
      clear(() -> provider.commit(context));
    }

    @Override
    public void rollback(TransactionContext context) {
      clear(() -> provider.rollback(context));
    }

    private static void clear(Runnable step) {
      try {
        step.run();
      } catch (DataAccessException e) {
        throw Failures.statement("control", e);
      }
    }
  }

  /** A violated constraint stays what it is, since callers look for it. */
  private static final class ClearErrors implements ExecuteListener {
    private static final long serialVersionUID = 1;

    @Override
    public void exception(ExecuteContext context) {
      if (context.exception() instanceof DataAccessException error
          && !(error instanceof IntegrityConstraintViolationException)) {
        context.exception(Failures.statement("control", error));
      }
    }
  }
}
