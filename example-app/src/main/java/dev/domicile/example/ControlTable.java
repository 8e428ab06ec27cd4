package dev.domicile.example;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.springframework.data.repository.CrudRepository;

/**
 * A table of the control database behind an interface of Spring Data: who asks for hosts has no
 * tenant yet, so the routed data source of the entities is no place for them.
 */
abstract class ControlTable<T> implements CrudRepository<T, String> {
  private final DSLContext control;
  private final Table<Record> table;
  private final Field<String> key;

  ControlTable(DSLContext control, String table, String key) {
    this.control = control;
    this.table = DSL.table(DSL.name(table));
    this.key = DSL.field(DSL.name(key), String.class);
  }

  /** Writes one row, in one transaction with all that follows from it. */
  abstract void write(DSLContext transaction, T entity);

  abstract T read(Record row);

  abstract String keyOf(T entity);

  Table<Record> table() {
    return table;
  }

  Field<String> key() {
    return key;
  }

  DSLContext control() {
    return control;
  }

  @Override
  public <S extends T> S save(S entity) {
    control.transaction(transaction -> write(transaction.dsl(), entity));
    return entity;
  }

  @Override
  public <S extends T> Iterable<S> saveAll(Iterable<S> entities) {
    entities.forEach(this::save);
    return entities;
  }

  @Override
  public Optional<T> findById(String id) {
    return find(key.eq(id)).stream().findAny();
  }

  @Override
  public boolean existsById(String id) {
    return findById(id).isPresent();
  }

  @Override
  public List<T> findAll() {
    return find(DSL.noCondition());
  }

  @Override
  public List<T> findAllById(Iterable<String> ids) {
    return find(key.in(list(ids)));
  }

  @Override
  public long count() {
    return control.fetchCount(table);
  }

  @Override
  public void deleteById(String id) {
    remove(key.eq(id));
  }

  @Override
  public void delete(T entity) {
    deleteById(keyOf(entity));
  }

  @Override
  public void deleteAllById(Iterable<? extends String> ids) {
    remove(key.in(list(ids)));
  }

  @Override
  public void deleteAll(Iterable<? extends T> entities) {
    entities.forEach(this::delete);
  }

  @Override
  public void deleteAll() {
    remove(DSL.noCondition());
  }

  List<T> find(Condition condition) {
    return control.selectFrom(table).where(condition).fetch(this::read);
  }

  int remove(Condition condition) {
    return control.deleteFrom(table).where(condition).execute();
  }

  private static Collection<String> list(Iterable<? extends String> ids) {
    return new ArrayList<>(
        StreamSupport.stream(ids.spliterator(), false).map(String::valueOf).toList());
  }
}
