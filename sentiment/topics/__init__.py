"""What people are hit by: seeded topics of a post; discovered ones, their course and questions of many."""

from sentiment.topics.course import found_table, topic_table
from sentiment.topics.discover import Discovered, TopicState, discover_topics
from sentiment.topics.model import TopicModel, load_topic_model, topics_of
from sentiment.topics.phases import Phase, phases_of, rising_topics, topic_course
from sentiment.topics.questions import list_questions
from sentiment.topics.seeded import Topic, load_topics, topic_words

__all__ = [
    "Discovered",
    "Phase",
    "Topic",
    "TopicModel",
    "TopicState",
    "discover_topics",
    "found_table",
    "list_questions",
    "load_topic_model",
    "load_topics",
    "phases_of",
    "rising_topics",
    "topic_course",
    "topic_table",
    "topic_words",
    "topics_of",
]
