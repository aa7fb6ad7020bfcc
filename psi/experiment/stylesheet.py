"""The window's style sheet, made of a theme. Widgets are named, or carry a property, for what they are."""

from __future__ import annotations

from psi.experiment.theme import Theme

_SHEET = """
* {{ font-family: "Inter", "Segoe UI", "SF Pro Text", "DejaVu Sans", sans-serif; font-size: 12px; color: {text}; }}
QMainWindow, QWidget#window, QDockArea, QDialog, QDockWindow {{ background: {window}; }}
QToolTip {{ background: {panel}; color: {text}; border: 1px solid {border}; padding: 3px; }}
QFrame#header, QDockItem {{ background: {panel}; border: 1px solid {border}; border-radius: 5px; }}
QDockItem QWidget {{ background: {panel}; }}
QDockTitleBar {{ background: transparent; border: none; padding-top: 3px; padding-left: 4px; }}
QDockTitleBar QWidget {{ background: transparent; }}
QDockTitleBar QTextLabel {{ color: {muted}; font-size: 11px; font-weight: 700; letter-spacing: 1px; }}
QLabel[quiet="true"] {{ color: {muted}; font-size: 11px; }}
QLabel[quiet="true"][tone="edited"] {{ color: {edited}; }}
QLabel[quiet="true"][tone="red"] {{ color: {red}; }}
QLabel[group="true"] {{ font-weight: 700; padding-top: 2px; }}
QLabel#what {{ font-size: 16px; font-weight: 700; }}
QLabel#figure {{ font-size: 24px; font-weight: 700; background: transparent; }}
QLabel#figure[small="true"] {{ font-size: 18px; }}
QLabel#caption {{ font-size: 10px; color: {muted}; background: transparent; }}
QLabel#warning {{ font-size: 20px; font-weight: 700; color: {accent}; background: transparent; }}
QLabel#warning[tone="alarm"] {{ color: {orange}; }}
QLabel#condition {{ font-size: 15px; font-weight: 800; color: {on_accent}; border-radius: 6px; padding: 0 14px; }}
QLabel#recording {{ font-size: 13px; font-weight: 800; color: {on_accent}; background: {red};
    border-radius: 6px; padding: 0 10px; }}
QFrame#alarm {{ background: {accent}; border-radius: 5px; }}
QFrame#alarm[tone="fault"] {{ background: {red}; }}
QLabel#alarm_line {{ color: {on_accent}; font-size: 16px; font-weight: 800; background: transparent; }}
QPushButton#seen {{ padding: 1px 8px; }}
QLabel#waits {{ color: {edited}; font-weight: 700; background: transparent; }}
QLabel#refusal {{ color: {red}; font-weight: 600; background: transparent; }}
QPushButton {{ background: {panel}; border: 1px solid {border}; border-radius: 5px; padding: 4px 8px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:pressed {{ background: {field}; }}
QPushButton:focus {{ border-color: {muted}; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton:checked {{ background: {field}; border-color: {accent}; color: {accent}; }}
QPushButton#stop:enabled, QPushButton[alarm="true"]:enabled {{ color: {red}; font-weight: 700; }}
QPushButton[split="left"] {{ border-top-right-radius: 0; border-bottom-right-radius: 0; }}
QPushButton[split="right"] {{ border-top-left-radius: 0; border-bottom-left-radius: 0; border-left: none;
    padding: 4px 0; }}
QPushButton[fold="true"] {{ border: none; background: transparent; font-weight: 700; padding: 2px 0;
    text-align: left; }}
QPushButton[flat="true"] {{ border: none; background: transparent; color: {muted}; font-size: 11px;
    padding: 2px 4px; }}
QPushButton[fold="true"]:hover, QPushButton[flat="true"]:hover {{ color: {accent}; }}
QMenu {{ background: {panel}; border: 1px solid {border}; padding: 4px 0; }}
QMenu::item {{ padding: 4px 18px; background: transparent; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 0; }}
QFrame#by_hand, QFrame#popup {{ background: {panel}; border: 1px solid {border}; border-radius: 6px; }}
QFrame#by_hand QLabel, QFrame#popup QLabel, QFrame#popup QCheckBox {{ background: transparent; }}
QPushButton#apply:enabled, QPushButton#confirm:enabled, QPushButton#launch:enabled {{ background: {accent};
    border-color: {accent}; color: {on_accent}; font-weight: 700; }}
QLineEdit {{ background: {field}; border: 1px solid {border}; border-radius: 4px; padding: 2px 6px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus {{ border-color: {accent}; }}
QLineEdit[tone="edited"] {{ border: 1px solid {edited}; }}
QLineEdit[tone="waiting"] {{ border: 1px dashed {accent}; }}
QLineEdit[tone="wrong"] {{ border: 1px solid {red}; }}
QLineEdit:disabled {{ color: {faint}; }}
QComboBox {{ background: {field}; border: 1px solid {border}; border-radius: 4px; padding: 2px 6px; }}
QComboBox[tone="edited"] {{ border: 1px solid {edited}; }}
QComboBox[tone="wrong"] {{ border: 1px solid {red}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox QAbstractItemView {{ background: {panel}; selection-background-color: {accent}; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {muted}; border-radius: 3px;
    background: {field}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QTableView {{ background: {panel}; alternate-background-color: {field}; gridline-color: {border};
    border: none; selection-background-color: {border}; selection-color: {text}; outline: 0; }}
QTableView::item {{ padding: 0 4px; }}
QHeaderView, QHeaderView::section {{ background: {panel}; color: {muted}; font-size: 11px; border: none; }}
QHeaderView::section {{ border-bottom: 1px solid {border}; padding: 3px; }}
QTableCornerButton::section {{ background: {panel}; border: none; border-bottom: 1px solid {border}; }}
QTableView QLineEdit {{ border-radius: 0; padding: 0 2px; }}
QFrame#panel {{ background: {panel}; border: 1px solid {border}; border-radius: 5px; }}
QFrame#panel QLabel {{ background: transparent; }}
QLabel#title {{ color: {muted}; font-size: 11px; font-weight: 700; letter-spacing: 1px; }}
QListWidget, QTextEdit {{ background: {panel}; border: none; selection-background-color: {accent};
    selection-color: {on_accent}; }}
QProgressBar {{ background: {field}; border: none; border-radius: 1px; max-height: 3px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 1px; }}
QComboBox QLineEdit, QComboBox QLineEdit:focus {{ border: none; background: transparent; padding: 0; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox:disabled {{ color: {muted}; }}
QScrollArea {{ border: none; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle {{ background: {border}; border-radius: 4px; min-height: 20px; min-width: 20px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QLabel#status {{ color: {muted}; font-size: 11px; padding-left: 6px; background: transparent; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:horizontal {{ width: 7px; }}
QSplitter::handle:vertical {{ height: 7px; }}
QDockTabBar::tab {{ background: transparent; color: {muted}; padding: 4px 10px; }}
QDockTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QRubberBand {{ background: {accent}; }}
"""


def stylesheet(theme: Theme) -> str:
    """The sheet for the application."""
    names = ("window panel field border text muted faint accent on_accent edited green orange red").split()
    return _SHEET.format(**{name: getattr(theme, name) for name in names})
