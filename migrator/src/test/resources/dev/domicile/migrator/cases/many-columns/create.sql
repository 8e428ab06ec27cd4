DO $$ BEGIN
  EXECUTE 'CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, '
    || (SELECT string_agg('c' || i || ' int', ', ') FROM generate_series(1, 1200) AS i) || ')';
END $$;
