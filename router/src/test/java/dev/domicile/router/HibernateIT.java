package dev.domicile.router;

import static dev.domicile.router.TwoRealms.A;
import static dev.domicile.router.TwoRealms.B;
import static dev.domicile.router.TwoRealms.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.TestDatabases;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.PersistenceConfiguration;
import jakarta.persistence.PersistenceUnitTransactionType;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.SharedCacheMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.hibernate.Hibernate;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.jpa.HibernatePersistenceProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One entity manager factory for all tenants. */
final class HibernateIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private EntityManagerFactory factory;

  @BeforeEach
  void open() {
    realms = new TwoRealms(databases);
    realms.execute(
        """
        CREATE TABLE board (id bigint PRIMARY KEY, name text NOT NULL);
        CREATE TABLE note (id bigint PRIMARY KEY, text text NOT NULL, board_id bigint REFERENCES board);
        """);
    realms.us.execute("CREATE SEQUENCE note_seq START 1 INCREMENT 50");
    realms.eu.execute("CREATE SEQUENCE note_seq START 1000001 INCREMENT 50");
    factory = configuration().createEntityManagerFactory();
  }

  @AfterEach
  void close() {
    factory.close();
    realms.close();
  }

  /** What Hibernate needs to start while nobody is in scope, and to mix no tenants up. */
  private PersistenceConfiguration configuration() {
    return new PersistenceConfiguration("notes")
        .provider(HibernatePersistenceProvider.class.getName())
        .transactionType(PersistenceUnitTransactionType.RESOURCE_LOCAL)
        .managedClass(Board.class)
        .managedClass(Note.class)
        .property("jakarta.persistence.nonJtaDataSource", realms.dataSource())
        // Else it opens a connection at start to look at the database, and there is no tenant yet.
        .property("hibernate.boot.allow_jdbc_metadata_access", false)
        .property("hibernate.dialect", PostgreSQLDialect.class.getName())
        // Else blocks of ids are shared out to all tenants.
        .property("hibernate.tenant_identifier_resolver", new Scoped())
        // One cache for all realms would bring rows of one into the memory of another's requests.
        .sharedCacheMode(SharedCacheMode.NONE);
  }

  @Test
  void showsEachTenantItsOwnRowUnderTheSameKey() {
    inTransaction(A, manager -> manager.persist(new Board(1, "of a")));
    inTransaction(B, manager -> manager.persist(new Board(1, "of b")));

    for (int i = 0; i < 2; i++) {
      inTransaction(A, manager -> assertThat(boards(manager)).containsExactly("of a"));
      inTransaction(B, manager -> assertThat(boards(manager)).containsExactly("of b"));
      inTransaction(
          A, manager -> assertThat(manager.find(Board.class, 1).name()).isEqualTo("of a"));
      inTransaction(
          B, manager -> assertThat(manager.find(Board.class, 1).name()).isEqualTo("of b"));
    }
    assertThat(realms.us.list("SELECT name FROM board")).containsExactly("of a");
    assertThat(realms.eu.list("SELECT name FROM board")).containsExactly("of b");
  }

  @Test
  void rollsBack() {
    try (TenantScope scope = TenantContext.open(A);
        EntityManager manager = factory.createEntityManager()) {
      manager.getTransaction().begin();
      manager.persist(new Board(1, scope.tenant().clientKey()));
      manager.flush();
      manager.getTransaction().rollback();
    }
    assertThat(realms.us.number("SELECT count(*) FROM board")).isZero();
  }

  @Test
  void loadsLazilyInTheScopeEvenAfterTheTransactionAndAChangeOfTheRoute() {
    realms.us.execute("INSERT INTO board VALUES (1, 'of a'); INSERT INTO note VALUES (1, 'a', 1)");
    realms.eu.execute("INSERT INTO board VALUES (1, 'of b'); INSERT INTO note VALUES (1, 'b', 1)");

    try (TenantScope scope = TenantContext.open(A);
        EntityManager manager = factory.createEntityManager()) {
      manager.getTransaction().begin();
      Board board = manager.find(Board.class, 1);
      manager.getTransaction().commit();
      realms.move(scope.tenant(), EU);

      assertThat(Hibernate.isInitialized(board.notes())).isFalse();
      assertThat(board.notes()).extracting(Note::text).containsExactly("a");
    }
    try (TenantScope scope = TenantContext.open(B);
        EntityManager manager = factory.createEntityManager()) {
      Note note = manager.find(Note.class, 1);
      assertThat(Hibernate.isInitialized(note.board())).isFalse();
      assertThat(note.board().name()).isEqualTo("of b");
      assertThat(scope.tenant()).isEqualTo(B);
    }
  }

  @Test
  void refusesToLoadLazilyOutsideTheScope() {
    realms.us.execute("INSERT INTO board VALUES (1, 'of a')");
    EntityManager manager;
    Board board;
    try (TenantScope scope = TenantContext.open(A)) {
      manager = factory.createEntityManager();
      board = manager.find(Board.class, 1);
      assertThat(board.name()).isEqualTo("of a");
      assertThat(scope.tenant()).isEqualTo(A);
    }
    try (manager) {
      assertThatThrownBy(() -> board.notes().size()).isInstanceOf(NoTenantException.class);
    }
    assertThatThrownBy(() -> factory.createEntityManager()).isInstanceOf(NoTenantException.class);
  }

  /** Hibernate takes ids from a sequence in blocks, which it would share out to all tenants. */
  @Test
  void takesIdsFromTheSequenceOfTheTenantsOwnRealm() {
    for (int i = 0; i < 3; i++) {
      inTransaction(A, manager -> manager.persist(new Note("a")));
      inTransaction(B, manager -> manager.persist(new Note("b")));
    }
    assertThat(realms.us.list("SELECT id FROM note WHERE id < 1000000 - 50")).hasSize(3);
    assertThat(realms.eu.list("SELECT id FROM note WHERE id > 1000000 - 50")).hasSize(3);
  }

  private void inTransaction(TenantId tenant, Consumer<EntityManager> work) {
    try (TenantScope scope = TenantContext.open(tenant);
        EntityManager manager = factory.createEntityManager()) {
      manager.getTransaction().begin();
      work.accept(manager);
      manager.getTransaction().commit();
      assertThat(scope.tenant()).isEqualTo(tenant);
    }
  }

  private static List<String> boards(EntityManager manager) {
    return manager.createQuery("select b.name from Board b", String.class).getResultList();
  }

  /** Tells Hibernate whose session it opens; none may be opened outside a scope. */
  static final class Scoped implements CurrentTenantIdentifierResolver<String> {
    @Override
    public String resolveCurrentTenantIdentifier() {
      return TenantContext.tenant().map(TenantId::clientKey).orElseThrow(NoTenantException::new);
    }

    @Override
    public boolean validateExistingCurrentSessions() {
      return true;
    }
  }

  @Entity(name = "Board")
  static class Board {
    @Id private long id;
    private String name = "";

    @OneToMany(mappedBy = "board")
    private List<Note> notes = new ArrayList<>();

    Board() {}

    Board(long id, String name) {
      this.id = id;
      this.name = name;
    }

    long id() {
      return id;
    }

    String name() {
      return name;
    }

    List<Note> notes() {
      return notes;
    }
  }

  @Entity(name = "Note")
  static class Note {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "note")
    @SequenceGenerator(name = "note", sequenceName = "note_seq", allocationSize = 50)
    private long id;

    private String text = "";

    @ManyToOne(fetch = FetchType.LAZY)
    private @Nullable Board board;

    Note() {}

    Note(String text) {
      this.text = text;
    }

    long id() {
      return id;
    }

    String text() {
      return text;
    }

    Board board() {
      if (board == null) {
        throw new IllegalStateException("note " + id + " is on no board");
      }
      return board;
    }
  }
}
