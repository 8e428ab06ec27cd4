package dev.domicile.migrator.schema;

/** The queries on the catalogue. */
final class CatalogSql {
  private CatalogSql() {}

  /** The query over the schemas of the scope. */
  static String in(SchemaScope scope, String sql) {
    return sql.replace("/*scope*/", scope.condition());
  }

  // Extensions bring views of their own.
  static final String LEFT_OUT =
      """
      SELECT n.nspname AS schema_name, c.relname AS table_name, c.relispartition AS partition,
             CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'STORED_VIEW' ELSE 'FOREIGN_TABLE' END AS kind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE /*scope*/ AND c.relkind IN ('v', 'm', 'f') AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
            AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname, c.relname
      """;

  static final String TABLES =
      """
      SELECT n.nspname AS schema_name, c.relname AS table_name,
             pg_has_role(c.relowner, 'USAGE') AS owned,
             row_security_active(c.oid) AS filtered,
             c.relpersistence = 'u' AS unlogged,
             c.relkind = 'r' AND EXISTS (
                 SELECT FROM pg_inherits i WHERE i.inhparent = c.oid OR i.inhrelid = c.oid)
                 AS has_children
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE /*scope*/ AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relpersistence <> 't'
      """;

  // What a type's binary form holds decides whether it is portable: arrays and composites carry the
  // identifiers of their parts' types, which differ for types that a user made; the reg types are
  // identifiers themselves, access rights have no binary form, and an empty vector
  // or query is not read back from its own. to_jsonb reads columns of
  // pg_database that only some versions have.
  static final String COLUMNS =
      """
      SELECT n.nspname AS schema_name, c.relname AS table_name, a.attname AS column_name,
             format_type(a.atttypid, a.atttypmod) AS type,
             a.attnotnull AS not_null,
             format_type(CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END, NULL) AS base_type,
             CASE WHEN a.attgenerated <> '' THEN (
                 SELECT pg_get_expr(ad.adbin, ad.adrelid) FROM pg_attrdef ad
                 WHERE ad.adrelid = c.oid AND ad.adnum = a.attnum) END AS generation,
             a.attidentity = 'a' AS identity_always,
             a.atthasdef OR a.attidentity <> '' AS has_default,
             CASE WHEN t.typtype = 'e' THEN true
                  ELSE NOT EXISTS (
                      SELECT FROM pg_type p
                      WHERE p.oid IN (t.oid, e.oid, t.typbasetype)
                        AND (p.oid >= 16384 AND p.typtype <> 'd' OR p.typsend = 0 OR p.typname LIKE 'reg%'
                          OR p.typname IN ('oidvector', 'int2vector', 'tsquery')))
             END AS portable,
             t.oid < 16384 AND t.typname NOT LIKE 'reg%' OR t.typtype = 'e'
                 OR t.typtype = 'd' AND t.typbasetype < 16384 AS orderable,
             t.typlen AS width,
             CASE WHEN a.attcollation = 0 THEN NULL
                  WHEN co.collname = 'default' THEN concat_ws('/',
                      coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), d.datcollate,
                      to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale',
                      to_jsonb(d) ->> 'datcollversion')
                  ELSE concat_ws('/', co.collprovider, co.collcollate,
                      to_jsonb(co) ->> 'colllocale', to_jsonb(co) ->> 'colliculocale',
                      pg_collation_actual_version(co.oid))
             END AS collation,
             (SELECT format('%I.%I', sn.nspname, s.relname)
              FROM pg_class s JOIN pg_namespace sn ON sn.oid = s.relnamespace
              WHERE s.relkind = 'S' AND s.oid IN (
                  SELECT o.objid FROM pg_depend o
                  WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
                    AND o.refobjid = c.oid AND o.refobjsubid = a.attnum
                    AND o.deptype IN ('a', 'i')
                  UNION
                  SELECT o.refobjid FROM pg_attrdef ad
                  JOIN pg_depend o ON o.classid = 'pg_attrdef'::regclass AND o.objid = ad.oid
                    AND o.refclassid = 'pg_class'::regclass
                  WHERE ad.adrelid = c.oid AND ad.adnum = a.attnum)
              ORDER BY 1 LIMIT 1) AS sequence
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      LEFT JOIN pg_collation co ON co.oid = a.attcollation
      JOIN pg_database d ON d.datname = current_database()
      WHERE /*scope*/ AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relpersistence <> 't'
      ORDER BY n.nspname, c.relname, a.attnum
      """;

  static final String UNIQUE_INDEXES =
      """
      SELECT n.nspname AS schema_name, c.relname AS table_name, ic.relname AS index_name,
             i.indisprimary AS is_primary, NOT i.indimmediate AS is_deferrable,
             coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_alike,
             pg_get_expr(i.indpred, i.indrelid) AS predicate,
             ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)
                   FROM generate_series(1, i.indnkeyatts::int) AS k ORDER BY k) AS expressions,
             ARRAY(SELECT a.attname::text
                   FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
                   WHERE u.ord <= i.indnkeyatts AND i.indexprs IS NULL ORDER BY u.ord) AS columns
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_class ic ON ic.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE /*scope*/ AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relpersistence <> 't' AND i.indisunique AND i.indisvalid
      ORDER BY n.nspname, c.relname, i.indisprimary DESC, i.indnkeyatts, ic.relname
      """;

  // What is not NO ACTION happens at once.
  static final String FOREIGN_KEYS =
      """
      SELECT n.nspname AS schema_name, c.relname AS table_name, k.conname AS key_name,
             k.condeferrable AND k.confdeltype = 'a' AS is_deferrable, k.confmatchtype = 'f' AS match_full,
             rn.nspname AS referenced_schema, r.relname AS referenced_table,
             ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
                   ORDER BY u.ord) AS columns,
             ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
                   ORDER BY u.ord) AS referenced_columns
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class r ON r.oid = k.confrelid
      JOIN pg_namespace rn ON rn.oid = r.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0
        AND /*scope*/ AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relpersistence <> 't'
      ORDER BY n.nspname, c.relname, k.conname
      """;
}
