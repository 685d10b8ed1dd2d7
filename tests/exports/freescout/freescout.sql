/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: freescout
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `attachments`
--

DROP TABLE IF EXISTS `attachments`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `attachments` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `thread_id` int(11) DEFAULT NULL,
  `user_id` int(11) DEFAULT NULL,
  `file_dir` varchar(20) DEFAULT NULL,
  `file_name` varchar(255) NOT NULL,
  `mime_type` varchar(127) NOT NULL,
  `type` int(10) unsigned NOT NULL,
  `size` int(10) unsigned DEFAULT NULL,
  `embedded` tinyint(1) NOT NULL DEFAULT 0,
  `public` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `attachments`
--

LOCK TABLES `attachments` WRITE;
/*!40000 ALTER TABLE `attachments` DISABLE KEYS */;
INSERT INTO `attachments` VALUES
(1,1,NULL,'4/2/1/','lid photo.txt','text/plain',0,9,0,0),
(2,4,NULL,'9/9/1/','gone.pdf','application/pdf',3,10,0,0),
(3,4,NULL,'../../..','passwd','text/plain',0,10,0,0);
/*!40000 ALTER TABLE `attachments` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `conversation_tag`
--

DROP TABLE IF EXISTS `conversation_tag`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `conversation_tag` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `conversation_id` int(11) NOT NULL,
  `tag_id` int(11) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `conversation_tag`
--

LOCK TABLES `conversation_tag` WRITE;
/*!40000 ALTER TABLE `conversation_tag` DISABLE KEYS */;
INSERT INTO `conversation_tag` VALUES
(1,1,1),
(2,1,2);
/*!40000 ALTER TABLE `conversation_tag` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `conversations`
--

DROP TABLE IF EXISTS `conversations`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `conversations` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `number` varchar(255) NOT NULL,
  `threads_count` int(10) unsigned NOT NULL DEFAULT 0,
  `type` tinyint(3) unsigned NOT NULL,
  `folder_id` int(11) NOT NULL,
  `status` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `state` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `subject` varchar(998) DEFAULT NULL,
  `customer_email` varchar(191) DEFAULT NULL,
  `cc` text DEFAULT NULL,
  `bcc` text DEFAULT NULL,
  `preview` varchar(255) NOT NULL,
  `imported` tinyint(1) NOT NULL DEFAULT 0,
  `has_attachments` tinyint(1) NOT NULL DEFAULT 0,
  `mailbox_id` int(11) NOT NULL,
  `user_id` int(11) DEFAULT NULL,
  `customer_id` int(11) DEFAULT NULL,
  `created_by_user_id` int(11) DEFAULT NULL,
  `created_by_customer_id` int(11) DEFAULT NULL,
  `source_via` tinyint(3) unsigned NOT NULL,
  `source_type` tinyint(3) unsigned NOT NULL,
  `closed_by_user_id` int(11) DEFAULT NULL,
  `closed_at` timestamp NULL DEFAULT NULL,
  `user_updated_at` timestamp NULL DEFAULT NULL,
  `last_reply_at` timestamp NULL DEFAULT NULL,
  `last_reply_from` tinyint(3) unsigned DEFAULT NULL,
  `read_by_user` tinyint(1) NOT NULL DEFAULT 0,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `email_history` varchar(255) DEFAULT NULL,
  `channel` tinyint(3) unsigned DEFAULT NULL,
  `meta` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `conversations`
--

LOCK TABLES `conversations` WRITE;
/*!40000 ALTER TABLE `conversations` DISABLE KEYS */;
INSERT INTO `conversations` VALUES
(1,'101',2,1,1,2,2,'Laptop won\'t \"wake\" 💻',NULL,NULL,NULL,'',0,0,1,1,1,NULL,1,1,1,NULL,NULL,NULL,'2025-05-02 09:00:00',NULL,0,'2025-05-01 08:00:00','2025-05-02 09:00:01',NULL,NULL,NULL),
(2,'102',1,2,1,3,2,NULL,NULL,NULL,NULL,'',0,0,1,NULL,2,1,NULL,2,2,1,'2025-05-04 12:00:00',NULL,NULL,NULL,0,'2025-05-03 08:00:00','2025-05-04 12:00:00',NULL,NULL,NULL),
(3,'103',1,1,1,4,2,'Buy cheap',NULL,NULL,NULL,'',0,0,1,NULL,3,NULL,3,1,1,NULL,NULL,NULL,NULL,NULL,0,'2025-05-03 08:00:00','2025-05-03 08:00:00',NULL,NULL,NULL),
(4,'104',1,1,1,1,1,'A draft',NULL,NULL,NULL,'',0,0,1,1,3,1,NULL,2,2,NULL,NULL,NULL,NULL,NULL,0,'2025-05-03 08:00:00','2025-05-03 08:00:00',NULL,NULL,NULL);
/*!40000 ALTER TABLE `conversations` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `customers`
--

DROP TABLE IF EXISTS `customers`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `customers` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `first_name` varchar(255) DEFAULT NULL,
  `last_name` varchar(255) DEFAULT NULL,
  `company` varchar(255) DEFAULT NULL,
  `job_title` varchar(255) DEFAULT NULL,
  `photo_type` tinyint(3) unsigned DEFAULT NULL,
  `photo_url` varchar(255) DEFAULT NULL,
  `phones` text DEFAULT NULL,
  `websites` text DEFAULT NULL,
  `social_profiles` text DEFAULT NULL,
  `notes` text DEFAULT NULL,
  `address` text DEFAULT NULL,
  `city` varchar(255) DEFAULT NULL,
  `state` varchar(255) DEFAULT NULL,
  `zip` varchar(12) DEFAULT NULL,
  `country` varchar(2) DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `customers`
--

LOCK TABLES `customers` WRITE;
/*!40000 ALTER TABLE `customers` DISABLE KEYS */;
INSERT INTO `customers` VALUES
(1,'Ana','Petrović',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(3,'Boris','K',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
/*!40000 ALTER TABLE `customers` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `emails`
--

DROP TABLE IF EXISTS `emails`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `emails` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `customer_id` int(11) NOT NULL,
  `email` varchar(191) NOT NULL,
  `type` tinyint(3) unsigned NOT NULL DEFAULT 1,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `emails`
--

LOCK TABLES `emails` WRITE;
/*!40000 ALTER TABLE `emails` DISABLE KEYS */;
INSERT INTO `emails` VALUES
(1,1,'ana@example.org',1),
(2,1,'ana.second@example.org',1),
(3,2,'lei@example.org',1);
/*!40000 ALTER TABLE `emails` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `mailboxes`
--

DROP TABLE IF EXISTS `mailboxes`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mailboxes` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(40) NOT NULL,
  `email` varchar(128) NOT NULL,
  `signature` text DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `mailboxes`
--

LOCK TABLES `mailboxes` WRITE;
/*!40000 ALTER TABLE `mailboxes` DISABLE KEYS */;
INSERT INTO `mailboxes` VALUES
(1,'IT Support','support@example.com','<br>--<br>IT','2025-01-01 00:00:00','2025-01-01 00:00:00');
/*!40000 ALTER TABLE `mailboxes` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `tags`
--

DROP TABLE IF EXISTS `tags`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `tags` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `counter` int(10) unsigned NOT NULL DEFAULT 0,
  `color` tinyint(3) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `tags`
--

LOCK TABLES `tags` WRITE;
/*!40000 ALTER TABLE `tags` DISABLE KEYS */;
INSERT INTO `tags` VALUES
(1,'vpn',1,0),
(2,'Needs parts; soon',1,0);
/*!40000 ALTER TABLE `tags` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `threads`
--

DROP TABLE IF EXISTS `threads`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `threads` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `conversation_id` int(11) NOT NULL,
  `user_id` int(11) DEFAULT NULL,
  `type` tinyint(3) unsigned NOT NULL,
  `subtype` tinyint(3) unsigned DEFAULT NULL,
  `status` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `state` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `action_type` tinyint(3) unsigned DEFAULT NULL,
  `action_data` varchar(255) DEFAULT NULL,
  `body` longtext DEFAULT NULL,
  `headers` text DEFAULT NULL,
  `from` varchar(191) DEFAULT NULL,
  `to` text DEFAULT NULL,
  `cc` text DEFAULT NULL,
  `bcc` text DEFAULT NULL,
  `has_attachments` tinyint(1) NOT NULL DEFAULT 0,
  `message_id` varchar(998) DEFAULT NULL,
  `source_via` tinyint(3) unsigned NOT NULL,
  `source_type` tinyint(3) unsigned NOT NULL,
  `customer_id` int(11) DEFAULT NULL,
  `created_by_user_id` int(11) DEFAULT NULL,
  `created_by_customer_id` int(11) DEFAULT NULL,
  `edited_by_user_id` int(11) DEFAULT NULL,
  `edited_at` timestamp NULL DEFAULT NULL,
  `body_original` longtext DEFAULT NULL,
  `first` tinyint(1) NOT NULL DEFAULT 0,
  `saved_reply_id` int(11) DEFAULT NULL,
  `send_status` tinyint(3) unsigned DEFAULT NULL,
  `send_status_data` text DEFAULT NULL,
  `opened_at` timestamp NULL DEFAULT NULL,
  `meta` text DEFAULT NULL,
  `imported` tinyint(1) NOT NULL DEFAULT 0,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=8 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `threads`
--

LOCK TABLES `threads` WRITE;
/*!40000 ALTER TABLE `threads` DISABLE KEYS */;
INSERT INTO `threads` VALUES
(1,1,1,1,NULL,1,2,NULL,NULL,'<div>Hi,</div><div>the lid \\ closed; it\'s black.<br>Ana</div>',NULL,NULL,NULL,NULL,NULL,0,NULL,1,1,1,NULL,1,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0,'2025-05-01 08:00:00','2025-05-01 08:00:00'),
(2,1,1,4,NULL,2,2,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,2,2,1,1,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,'2025-05-01 08:30:00','2025-05-01 08:30:00'),
(3,1,1,3,NULL,2,2,NULL,NULL,'Serial 4711, in warranty',NULL,NULL,NULL,NULL,NULL,0,NULL,2,2,1,1,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,'2025-05-01 08:31:00','2025-05-01 08:31:00'),
(4,1,1,2,NULL,2,2,NULL,NULL,'<p>Hold the power key for <a href=\"https://example.com/reset\">ten seconds</a>.</p>',NULL,NULL,NULL,NULL,NULL,0,NULL,2,2,1,1,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,'2025-05-02 09:00:00','2025-05-02 09:00:00'),
(5,1,1,2,NULL,2,1,NULL,NULL,'<p>an unfinished draft</p>',NULL,NULL,NULL,NULL,NULL,0,NULL,2,2,1,1,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,'2025-05-02 10:00:00','2025-05-02 10:00:00'),
(6,2,NULL,3,NULL,1,2,NULL,NULL,'Phoned in',NULL,NULL,NULL,NULL,NULL,0,NULL,2,2,2,1,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0,'2025-05-03 08:00:00','2025-05-03 08:00:00'),
(7,3,NULL,1,NULL,1,2,NULL,NULL,'spam',NULL,NULL,NULL,NULL,NULL,0,NULL,1,1,3,NULL,3,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,0,'2025-05-03 08:00:00','2025-05-03 08:00:00');
/*!40000 ALTER TABLE `threads` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `users`
--

DROP TABLE IF EXISTS `users`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `users` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `first_name` varchar(20) NOT NULL,
  `last_name` varchar(30) NOT NULL,
  `email` varchar(100) NOT NULL,
  `password` varchar(255) NOT NULL,
  `role` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `timezone` varchar(255) NOT NULL DEFAULT 'UTC',
  `photo_url` varchar(255) DEFAULT NULL,
  `type` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `invite_state` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `emails` varchar(100) DEFAULT NULL,
  `job_title` varchar(100) DEFAULT NULL,
  `phone` varchar(60) DEFAULT NULL,
  `time_format` tinyint(3) unsigned NOT NULL DEFAULT 2,
  `enable_kb_shortcuts` tinyint(1) NOT NULL DEFAULT 1,
  `locked` tinyint(1) NOT NULL DEFAULT 0,
  `remember_token` varchar(100) DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `locale` varchar(2) DEFAULT NULL,
  `status` tinyint(3) unsigned NOT NULL DEFAULT 1,
  `permissions` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `users`
--

LOCK TABLES `users` WRITE;
/*!40000 ALTER TABLE `users` DISABLE KEYS */;
INSERT INTO `users` VALUES
(1,'Mira','Okafor','mira@example.com','x',2,'UTC',NULL,1,1,NULL,NULL,NULL,2,1,0,NULL,NULL,NULL,NULL,1,NULL),
(2,'Old','Hand','old@example.com','x',1,'UTC',NULL,1,1,NULL,NULL,NULL,2,1,0,NULL,NULL,NULL,NULL,3,NULL),
(3,'Workflow','Robot','fs-workflow@example.com','x',1,'UTC',NULL,2,1,NULL,NULL,NULL,2,1,0,NULL,NULL,NULL,NULL,1,NULL);
/*!40000 ALTER TABLE `users` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-30 21:28:03
