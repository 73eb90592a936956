-- summary: first statement of the probe's session: times of transactions are the system's, and no global default cuts, ends or locks anything
SET time_zone = 'SYSTEM', autocommit = 1, sql_select_limit = 18446744073709551615, sql_big_selects = 1, wait_timeout = 86400
    /*M!100100 , max_statement_time = 0 */ /*!80000 , max_execution_time = 0 */
