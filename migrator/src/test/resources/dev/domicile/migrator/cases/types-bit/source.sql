INSERT INTO item VALUES
  (1, 'tenant-a', B'10101', B'', B''),
  (3, 'tenant-a', B'00000', repeat('1', 70)::varbit, repeat('01', 1000)::varbit),
  (5, 'tenant-a', B'11111', B'0', B'1'),
  (1001, 'tenant-a', NULL, NULL, NULL),
  (1003, 'tenant-b', B'10101', B'', B'');
